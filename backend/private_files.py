"""Files and folders that their own user alone may read, whatever the umask is."""

import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def private_folder(folder: Path) -> Path:
    """Make the folder where it is missing, and take it from others where it was open. Raises: OSError."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    return folder


def empty_private_file(file: Path) -> Path:
    """Make the file, or empty it, before anything is in it that others could read. Raises: OSError, also for a link."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    try:
        os.fchmod(descriptor, FILE_MODE)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
    return file

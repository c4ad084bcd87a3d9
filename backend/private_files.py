"""Files and folders that only their own user may read, whatever the umask is."""

import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def private_folder(folder: Path) -> Path:
    """Create a folder with FOLDER_MODE, or set that mode on an existing one. Raises: OSError."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    return folder


def empty_private_file(file: Path) -> Path:
    """Create or truncate a file with FILE_MODE. Raises: OSError, also for a symbolic link."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    try:
        os.fchmod(descriptor, FILE_MODE)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
    return file

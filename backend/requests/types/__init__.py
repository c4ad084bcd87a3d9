"""The request types: each is one module, registered by its line here."""

from backend.requests.types.datapoints import DatapointsChange
from backend.requests.types.licence import LicenceChange
from backend.requests.types.new_account import NewAccount
from backend.requests.types.renewal import Renewal

__all__ = ["DatapointsChange", "LicenceChange", "NewAccount", "Renewal"]

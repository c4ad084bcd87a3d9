"""The statements of ``ledger.sql``, by name. What they guarantee stands there.

Other tables' statements, conditions made from enums (``renderable.py``) and the searchable list (``ledger_list.py``),
whose parts depend on its filters, stand where they are used.
"""

from backend.storage.named_sql import read_statements

LEDGER_SQL = read_statements("backend.mail", "ledger.sql")

"""The demo's ledger tells its story truly: what was over before its first mail went out is in nobody's trouble."""

from backend import clock
from backend.demo import load_demo
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.storage.database import fetch
from tests.running import MONDAY_MORNING
from tests.servers import MailServer

ENDS = "SELECT kind, state, reason, count(*) AS n FROM mail GROUP BY kind, state, reason"


async def test_nothing_in_the_demos_ledger_has_failed(connected: None, smtp_server: MailServer) -> None:
    with clock.set_to(MONDAY_MORNING):
        await load_demo()
        await plan_due(clock.now())
        await Sender(Host.of(smtp_server.url, tls_demanded=False)).send_due()

    ends = {(row["kind"], row["state"], row["reason"]): row["n"] for row in await fetch(ENDS)}
    assert {state for _, state, _ in ends} == {"SENT", "CANCELLED", "SKIPPED"}
    assert ends["REQUEST_DECIDED", "SENT", None] == 2
    assert ends["REQUEST_FILED", "CANCELLED", "decided"] == 4
    assert ends["REQUEST_FILED", "SENT", None] == 14
    assert ends["REQUEST_DECIDED", "CANCELLED", "not_open_yet"] == 4
    assert ends["CREDENTIALS_CHANGED", "SENT", None] == 1

"""``make bench``: every figure of docs/performance.md, in one run. ``--quick`` is for development."""

import argparse
import time
from dataclasses import dataclass, replace

import uvloop

from bench import contestants, dataset, jobs, mail_throughput, rounds, simulation
from bench.contestants import Contestant, page_by
from bench.load import data_of, milliseconds, requests_per_second
from bench.report import Report
from bench.servers import Stand, stand
from bench.stages import stages

PRODUCT = "the product"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    small: int
    middle: int
    large: int
    rounds: int
    seconds: float
    approvals: int
    calls: int


WHOLE = Size(10_000, 100_000, 1_000_000, rounds=5, seconds=3, approvals=320, calls=100_000)
QUICK = Size(2_000, 10_000, 20_000, rounds=2, seconds=1, approvals=64, calls=2_000)
CHECK = Size(1_000, 2_000, 4_000, rounds=1, seconds=0.2, approvals=16, calls=50)


async def measure(size: Size, *, peers: bool = True) -> Report:
    """Measure it all, with the peers of npm or without."""
    report = Report()
    async with stand() as place:
        for accounts in (size.small, size.middle, size.large):
            began = time.perf_counter()
            await place.load(accounts)
            report.add(f"{accounts:,} accounts loaded", f"{time.perf_counter() - began:.0f} s")
        await _pages(place, size, report, peers)
        await _growth(place, size, report)
        await _everything(place, size, report)
        await _processes(place, size, report)
        await _work(place, size, report)
    report.simulated = simulation.told(*(taken / 1000 for taken in report.processor_times[PRODUCT]))
    return report


async def _pages(place: Stand, size: Size, report: Report, peers: bool) -> None:
    everybody = await contestants.everybody(place, size.middle, peers=peers)
    report.pages = await rounds.rounds(place, everybody, size.rounds, size.seconds)
    ours = report.pages[PRODUCT]
    goals = {"PostGraphile": 1.2, "Mercurius with JIT": 1.0, "plain Strawberry": 8.0, "the limit": 0.6}
    for name, figure in report.pages.items():
        report.add(f"the reference page, {name}", f"{figure:,.0f} requests/s")
    for name, goal in goals.items():
        if name not in report.pages:
            continue
        ratio = ours / report.pages[name]
        report.add(f"the product / {name}", f"{ratio:.2f}", f"at least {goal}", met=ratio >= goal)
    for name, times in (await rounds.processor_times(place, everybody, size.seconds)).items():
        report.processor_times[name] = times
        report.add(f"a processor's time for a page, {name}", _microseconds(*times))
    for stage, server, database in await stages(place, everybody[0], size.rounds, size.seconds):
        report.add(f"of the product's: {stage.name}", _microseconds(server, database))
    await _memory(place, everybody[0], size, report)
    await rounds.stop(place, everybody)


async def _memory(place: Stand, product: Contestant, size: Size, report: Report) -> None:
    after_the_run = rounds.memory_of(place, product)
    calls = 0.0
    while calls < size.calls:
        calls += await requests_per_second(product.ask, 10) * 10
    later = rounds.memory_of(place, product)
    report.add(
        "memory of one server process after the run", f"{after_the_run:.0f} MB", "under 150 MB", met=after_the_run < 150
    )
    report.add(
        f"memory after {calls:,.0f} more requests", f"{later:.0f} MB", "no growth", met=later <= after_the_run * 1.02
    )


async def _growth(place: Stand, size: Size, report: Report) -> None:
    products = [
        replace(await contestants.product(place, accounts), name=f"of {accounts}")
        for accounts in (size.small, size.large)
    ]
    await rounds.start(place, products)
    small, large = (product.ask for product in products)
    # The fewest accounts have organisations that do not fill a page: all are asked for as many rows as theirs has.
    rows, _ = await contestants.rows_and_end(small)
    _, end_of_first = await contestants.rows_and_end(page_by(large, first=rows))
    asks = {
        "few": page_by(small, first=rows),
        "first": page_by(large, first=rows),
        "second": page_by(large, first=rows, after=end_of_first),
        "last": page_by(large, first=rows, after=await contestants.cursor_before_the_last(large, rows)),
        "search": page_by(large, first=rows, search="castle"),
    }
    # Some hundredths are looked for: more and shorter rounds let the machine's own moods fall on all alike.
    figures = await rounds.in_turn(asks, round(size.rounds * size.seconds), 1)
    cost = {which: 1 / figure for which, figure in figures.items()}
    for what, ratio, most in (
        (f"cost at {size.large:,} accounts / at {size.small:,}, pages of {rows}", cost["first"] / cost["few"], 1.2),
        (f"cost of the last page at {size.large:,} / of the first", cost["last"] / cost["first"], 1.0),
        (f"cost of the last page at {size.large:,} / of the second", cost["last"] / cost["second"], 1.0),
        (f"cost of a search in {size.large:,} names / of a page", cost["search"] / cost["first"], 3.0),
    ):
        report.add(what, f"{ratio:.2f}", f"at most {most}", met=round(ratio, 1) <= most)
    await rounds.stop(place, products)


QUEUE_COUNTED = "{ changeRequests(first: 1) { totalCount } }"

DEAR = {
    "a count of all active accounts": "{ accounts(zone: ACTIVE, first: 1) { totalCount } }",
    "a count of the queue": QUEUE_COUNTED,
    "a page of the queue": """{ changeRequests {
        nodes { id type accountName requestedAt requestedBy { name } organisation { name } } } }""",
    "the figures of all active accounts": "{ portfolio { byLicence { accounts } byMonthOfExpiry { accounts } } }",
    "a search for a word that many share": '{ accounts(zone: ACTIVE, search: "castle") { nodes { id } } }',
    "a count of what such a search finds": '{ accounts(zone: ACTIVE, search: "castle", first: 1) { totalCount } }',
}
"""What costs Customer Success, who see everything, more the more there is."""


async def _everything(place: Stand, size: Size, report: Report) -> None:
    product = await contestants.product(place, size.large, email=dataset.CUSTOMER_SUCCESS.format(0))
    await rounds.start(place, [product])
    queue = (await data_of(product.ask.other(QUEUE_COUNTED)))["changeRequests"]["totalCount"]
    who = f"Customer Success, {size.large:,} accounts:"
    report.add(f"{who} requests in the queue", f"{queue:,}")
    for what, query in DEAR.items():
        report.add(f"{who} {what}", f"{await milliseconds(product.ask.other(query), size.rounds):.0f} ms")
    await rounds.stop(place, [product])


async def _processes(place: Stand, size: Size, report: Report) -> None:
    one = await contestants.product(place, size.middle)
    two = await contestants.product(place, size.middle, workers=2)
    figures = await rounds.rounds(place, [one, two], size.rounds, size.seconds)
    report.add("two server processes / one, on this machine", f"{figures[two.name] / figures[one.name]:.2f}")
    await rounds.stop(place, [one, two])
    began = time.perf_counter()
    again = await contestants.product(place, size.middle)
    await rounds.start(place, [again])
    took = time.perf_counter() - began
    report.add("a server process, from its start to its first page", f"{took:.1f} s", "under 3 s", met=took < 3)
    await rounds.stop(place, [again])


async def _work(place: Stand, size: Size, report: Report) -> None:
    seconds, found = await jobs.reminders(place, size.large)
    report.add(
        f"reminders planned over {size.large:,} accounts, {found:,} due", f"{seconds:.2f} s", "under 2 s",
        met=seconds < 2,
    )  # fmt: skip
    alone, together = await mail_throughput.mails(place, size.large)
    _mails(alone, "", report)
    _mails(together, f" with {together.reminders:.0f} reminders each", report)
    ours, bare, once = await jobs.approvals(place, size.middle, size.approvals)
    report.add(
        f"approvals by 16 approvers / by a bare loop, each {'once' if once else 'NOT ONCE'}",
        f"{ours:.0f}/s / {bare:.0f}/s = {ours / bare:.2f}", "at least 0.5, each once",
        met=once and ours >= 0.5 * bare,
    )  # fmt: skip


def _mails(post: mail_throughput.Posting, which: str, report: Report) -> None:
    report.add(
        f"mails{which} by the product / by a bare loop",
        f"{post.product:.0f}/s / {post.bare:.0f}/s = {post.product / post.bare:.2f}", "at least 0.8",
        met=post.product >= 0.8 * post.bare,
    )  # fmt: skip
    report.add(
        f"mails{which} by the product / by a bare loop that records each",
        f"{post.product:.0f}/s / {post.recording:.0f}/s = {post.product / post.recording:.2f}",
    )
    report.add(
        f"mails{which} by the product / by a bare loop of finished bytes",
        f"{post.product:.0f}/s / {post.finished:.0f}/s = {post.product / post.finished:.2f}",
    )
    report.add(
        f"of a mail's time{which}: rendering, statements, SMTP",
        f"{post.rendering:.0%}, {post.statements:.0%}, {post.smtp:.0%}",
    )


def _microseconds(server: float, database: float) -> str:
    return f"{server:,.0f} µs, PostgreSQL {database:,.0f} µs"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the account desk beside its peers.")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument(
        "--check", action="store_true", help="see that every part works, without the peers of npm, and write nothing"
    )
    chosen = parser.parse_args()
    size = CHECK if chosen.check else QUICK if chosen.quick else WHOLE
    report = uvloop.run(measure(size, peers=not chosen.check))
    if not chosen.check:
        report.write(
            f"{size.small:,}, {size.middle:,} and {size.large:,} accounts, {size.rounds} rounds of"
            f" {size.seconds:.0f} s."
        )


if __name__ == "__main__":
    main()

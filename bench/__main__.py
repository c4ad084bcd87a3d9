"""``make bench``: every figure of docs/performance.md, in one run. ``--quick`` is for development."""

import argparse
import time
from dataclasses import dataclass, replace

import uvloop

from bench import contestants, dataset, jobs, mail_throughput, rounds, simulation
from bench.contestants import Contestant, page_by
from bench.load import data_of, milliseconds, requests_per_second
from bench.report import Report
from bench.servers import BenchServers, started_servers
from bench.stages import stages

PRODUCT = "the product"


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers of accounts, rounds and calls of a run."""

    small: int
    middle: int
    large: int
    rounds: int
    seconds: float
    approvals: int
    calls: int


FULL = Scale(10_000, 100_000, 1_000_000, rounds=5, seconds=3, approvals=320, calls=100_000)
QUICK = Scale(2_000, 10_000, 20_000, rounds=2, seconds=1, approvals=64, calls=2_000)
CHECK = Scale(1_000, 2_000, 4_000, rounds=1, seconds=0.6, approvals=16, calls=50)


async def measure(scale: Scale, *, peers: bool = True) -> Report:
    """Measure every figure, with the peers of npm or without."""
    report = Report()
    async with started_servers() as servers:
        for accounts in (scale.small, scale.middle, scale.large):
            began = time.perf_counter()
            await servers.load(accounts)
            report.add(f"{accounts:,} accounts loaded", f"{time.perf_counter() - began:.0f} s")
        await _pages(servers, scale, report, peers)
        await _growth(servers, scale, report)
        await _customer_success(servers, scale, report)
        await _processes(servers, scale, report)
        await _jobs(servers, scale, report)
    report.simulated = simulation.report(*(taken / 1000 for taken in report.processor_times[PRODUCT]))
    return report


async def _pages(servers: BenchServers, scale: Scale, report: Report, peers: bool) -> None:
    all_contestants = await contestants.all_contestants(servers, scale.middle, peers=peers)
    report.pages = await rounds.measure_rates(servers, all_contestants, scale.rounds, scale.seconds)
    ours = report.pages[PRODUCT]
    goals = {"PostGraphile": 1.2, "Mercurius with JIT": 1.0, "plain Strawberry": 8.0, "the limit": 0.6}
    for name, figure in report.pages.items():
        report.add(f"the reference page, {name}", f"{figure:,.0f} requests/s")
    for name, goal in goals.items():
        if name not in report.pages:
            continue
        ratio = ours / report.pages[name]
        report.add(f"the product / {name}", f"{ratio:.2f}", f"at least {goal}", met=ratio >= goal)
    for name, times in (await rounds.processor_times(servers, all_contestants, scale.seconds)).items():
        report.processor_times[name] = times
        report.add(f"a processor's time for a page, {name}", _microseconds(*times))
    for stage, server, database in await stages(servers, all_contestants[0], scale.rounds, scale.seconds):
        report.add(f"of the product's: {stage.name}", _microseconds(server, database))
    await _memory(servers, all_contestants[0], scale, report)
    await rounds.stop(servers, all_contestants)


async def _memory(servers: BenchServers, product: Contestant, scale: Scale, report: Report) -> None:
    memory_after_run = rounds.memory_of(servers, product)
    calls = 0.0
    while calls < scale.calls:
        calls += await requests_per_second(product.call, 10) * 10
    memory_later = rounds.memory_of(servers, product)
    report.add(
        "memory of one server process after the run",
        f"{memory_after_run:.0f} MB",
        "under 150 MB",
        met=memory_after_run < 150,
    )
    report.add(
        f"memory after {calls:,.0f} more requests",
        f"{memory_later:.0f} MB",
        "no growth",
        met=memory_later <= memory_after_run * 1.02,
    )


async def _growth(servers: BenchServers, scale: Scale, report: Report) -> None:
    products = [
        replace(await contestants.product(servers, accounts), name=f"of {accounts}")
        for accounts in (scale.small, scale.large)
    ]
    await rounds.start(servers, products)
    small, large = (product.call for product in products)
    # An organisation of the smallest scale does not fill a page: all pages have as many rows as its page.
    rows, _ = await contestants.row_count_and_end_cursor(small)
    _, cursor_of_first = await contestants.row_count_and_end_cursor(page_by(large, first=rows))
    calls = {
        "few": page_by(small, first=rows),
        "first": page_by(large, first=rows),
        "second": page_by(large, first=rows, after=cursor_of_first),
        "last": page_by(large, first=rows, after=await contestants.cursor_before_last_page(large, rows)),
        "search": page_by(large, first=rows, search="castle"),
    }
    # Differences are of some hundredths: more and shorter rounds spread disturbances of the machine over all calls.
    figures = await rounds.interleaved_rates(calls, round(scale.rounds * scale.seconds), 1)
    cost = {label: 1 / figure for label, figure in figures.items()}
    for what, ratio, limit in (
        (f"cost at {scale.large:,} accounts / at {scale.small:,}, pages of {rows}", cost["first"] / cost["few"], 1.2),
        (f"cost of the last page at {scale.large:,} / of the first", cost["last"] / cost["first"], 1.0),
        (f"cost of the last page at {scale.large:,} / of the second", cost["last"] / cost["second"], 1.0),
        (f"cost of a search in {scale.large:,} names / of a page", cost["search"] / cost["first"], 3.0),
    ):
        report.add(what, f"{ratio:.2f}", f"at most {limit}", met=round(ratio, 1) <= limit)
    await rounds.stop(servers, products)


QUEUE_COUNT_QUERY = "{ changeRequests(first: 1) { totalCount } }"

EXPENSIVE_QUERIES = {
    "a count of all active accounts": "{ accounts(zone: ACTIVE, first: 1) { totalCount } }",
    "a count of the queue": QUEUE_COUNT_QUERY,
    "a page of the queue": """{ changeRequests {
        nodes { id type accountName requestedAt requestedBy { name } organisation { name } } } }""",
    "the figures of all active accounts": "{ portfolio { byLicence { accounts } byMonthOfExpiry { accounts } } }",
    "a search for a word that many share": '{ accounts(zone: ACTIVE, search: "castle") { nodes { id } } }',
    "a count of what such a search finds": '{ accounts(zone: ACTIVE, search: "castle", first: 1) { totalCount } }',
}
"""Queries of Customer Success, which sees all organisations, whose cost grows with the number of rows."""


async def _customer_success(servers: BenchServers, scale: Scale, report: Report) -> None:
    product = await contestants.product(servers, scale.large, email=dataset.CUSTOMER_SUCCESS.format(0))
    await rounds.start(servers, [product])
    queue = (await data_of(product.call.with_query(QUEUE_COUNT_QUERY)))["changeRequests"]["totalCount"]
    who = f"Customer Success, {scale.large:,} accounts:"
    report.add(f"{who} requests in the queue", f"{queue:,}")
    for what, query in EXPENSIVE_QUERIES.items():
        report.add(f"{who} {what}", f"{await milliseconds(product.call.with_query(query), scale.rounds):.0f} ms")
    await rounds.stop(servers, [product])


async def _processes(servers: BenchServers, scale: Scale, report: Report) -> None:
    one = await contestants.product(servers, scale.middle)
    two = await contestants.product(servers, scale.middle, workers=2)
    figures = await rounds.measure_rates(servers, [one, two], scale.rounds, scale.seconds)
    report.add("two server processes / one, on this machine", f"{figures[two.name] / figures[one.name]:.2f}")
    await rounds.stop(servers, [one, two])
    began = time.perf_counter()
    again = await contestants.product(servers, scale.middle)
    await rounds.start(servers, [again])
    took = time.perf_counter() - began
    report.add("a server process, from its start to its first page", f"{took:.1f} s", "under 3 s", met=took < 3)
    await rounds.stop(servers, [again])


async def _jobs(servers: BenchServers, scale: Scale, report: Report) -> None:
    seconds, found = await jobs.reminders(servers, scale.large)
    report.add(
        f"reminders planned over {scale.large:,} accounts, {found:,} due", f"{seconds:.2f} s", "under 2 s",
        met=seconds < 2,
    )  # fmt: skip
    alone, together = await mail_throughput.measure_mails(servers, scale.large)
    _report_mails(alone, "", report)
    _report_mails(together, f" with {together.reminders:.0f} reminders each", report)
    ours, bare, once = await jobs.approvals(servers, scale.middle, scale.approvals)
    report.add(
        f"approvals by 16 approvers / by a bare loop, each {'once' if once else 'NOT ONCE'}",
        f"{ours:.0f}/s / {bare:.0f}/s = {ours / bare:.2f}", "at least 0.5, each once",
        met=once and ours >= 0.5 * bare,
    )  # fmt: skip


def _report_mails(post: mail_throughput.MailRates, label: str, report: Report) -> None:
    report.add(
        f"mails{label} by the product / by a bare loop",
        f"{post.product:.0f}/s / {post.bare:.0f}/s = {post.product / post.bare:.2f}", "at least 0.8",
        met=post.product >= 0.8 * post.bare,
    )  # fmt: skip
    report.add(
        f"mails{label} by the product / by a bare loop that records each",
        f"{post.product:.0f}/s / {post.recording:.0f}/s = {post.product / post.recording:.2f}",
    )
    report.add(
        f"mails{label} by the product / by a bare loop of finished bytes",
        f"{post.product:.0f}/s / {post.finished:.0f}/s = {post.product / post.finished:.2f}",
    )
    report.add(
        f"of a mail's time{label}: rendering, statements, SMTP",
        f"{post.rendering:.0%}, {post.statements:.0%}, {post.smtp:.0%}",
    )


def _microseconds(server: float, database: float) -> str:
    return f"{server:,.0f} µs, PostgreSQL {database:,.0f} µs"


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description="Measure the account desk beside its peers.")
    parser.add_argument("--quick", action="store_true", help="fewer accounts, rounds and calls")
    parser.add_argument(
        "--check", action="store_true", help="see that every part works, without the peers of npm, and write nothing"
    )
    chosen = parser.parse_args()
    scale = CHECK if chosen.check else QUICK if chosen.quick else FULL
    report = uvloop.run(measure(scale, peers=not chosen.check))
    if not chosen.check:
        report.write(
            f"{scale.small:,}, {scale.middle:,} and {scale.large:,} accounts,"
            f" {scale.rounds} rounds of {scale.seconds:.0f} s."
        )


if __name__ == "__main__":
    main()

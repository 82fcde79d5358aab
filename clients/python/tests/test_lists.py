"""Lists: lazy, in windows, safe to delete in, and quickly left."""

import contextlib
import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
from bridges import WAITS_FOR_THE_CANCEL, cancelled_stream, fill_more_than_a_pipe_holds, streams
from conftest import is_gone, under_way, until

from nats_credentials_bridge import Bridge, BridgeClosed, NetworkError, ProtocolError


def fill(bridge, count, accounts=1):
    """So many credentials. In many accounts deletions cost less: each account's revocations are one signed text."""
    into = [bridge.accounts.create().id for _ in range(accounts)]
    with ThreadPoolExecutor(8) as pool:
        return set(
            pool.map(lambda number: bridge.credentials.create(nats_account_id=into[number % accounts]).id, range(count))
        )


@pytest.mark.long
def test_each_of_5000_rows_is_deleted_inside_the_loop(bridge):
    made = fill(bridge, 5000, accounts=250)
    seen = []
    for row in bridge.credentials.list():
        seen.append(row.id)
        assert bridge.credentials.delete(nats_credentials_id=row.id)
    assert len(seen) == 5000
    assert set(seen) == made
    assert list(bridge.credentials.list()) == []


def test_pages_are_asked_for_by_four_and_only_when_they_are_used_up(options, recorded):
    program, lines = recorded
    with Bridge(program, **options) as bridge:
        fill(bridge, 10)
        pages = bridge.credentials.list(page_size=1).pages()
        got = [next(pages) for _ in range(4)]
        bridge.ping()
        assert len(streams(lines())[0]) == 1
        got += list(pages)
        bridge.ping()
    asked, cancels = streams(lines())
    assert [params["max_pages"] for params in asked] == [4, 4, 4]
    assert asked[1]["cursor"] == got[3].cursor
    assert [len(page.rows) for page in got] == [1] * 10
    assert {page.total_count for page in got} == {10}
    assert (pages.complete, pages.moved, cancels) == (True, False, 0)


def test_a_cursor_goes_on_in_another_bridge(bridge, options):
    fill(bridge, 5)
    first = next(bridge.credentials.list(page_size=2).pages())
    with Bridge(**options) as other:
        rest = list(other.credentials.list(cursor=first.cursor))
    assert [*first.rows, *rest] == list(bridge.credentials.list())


def test_nothing_is_asked_before_the_iteration_and_each_begins_anew(options, recorded):
    program, lines = recorded
    with Bridge(program, **options) as bridge:
        fill(bridge, 3)
        listing = bridge.credentials.list()
        bridge.ping()
        assert streams(lines())[0] == []
        assert list(listing) == list(listing)


def leave_by_break(listing):
    for _ in listing:
        break


def leave_by_an_error(listing):
    with contextlib.suppress(ZeroDivisionError):
        for _ in listing:
            raise ZeroDivisionError


def leave_by_close(listing):
    pages = listing.pages()
    next(pages)
    pages.close()
    assert list(pages) == []


def leave_by_with(listing):
    with listing.pages() as pages:
        next(pages)


def leave_by_forgetting(listing):
    pages = listing.pages()
    next(pages)
    pages.itself = pages
    del pages
    gc.collect()


@pytest.mark.parametrize(
    "leave", [leave_by_break, leave_by_an_error, leave_by_close, leave_by_with, leave_by_forgetting]
)
def test_leaving_early_cancels_and_leaves_no_request_behind(fake, leave):
    bridge = fake(WAITS_FOR_THE_CANCEL)
    leave(bridge.credentials.list())
    bridge.ping()
    until(lambda: under_way(bridge) == 0)


def test_a_window_that_was_left_is_not_followed_by_another(options, recorded):
    program, lines = recorded
    with Bridge(program, **options) as bridge:
        fill(bridge, 30)
        leave_by_break(bridge.credentials.list(page_size=1))
        bridge.ping()
        until(lambda: under_way(bridge) == 0)
    assert len(streams(lines())[0]) == 1


@pytest.mark.long
@pytest.mark.parametrize(
    "leave", [leave_by_break, leave_by_an_error, leave_by_close, leave_by_with, leave_by_forgetting]
)
def test_the_program_sees_the_cancel_of_a_list_that_is_left_early(bridge, options, dammed, leave):
    fill_more_than_a_pipe_holds(bridge)
    program, lines_in, lines_out = dammed
    with Bridge(program, **options) as slow:
        leave(slow.credentials.list())
        slow.ping()
        until(lambda: under_way(slow) == 0)
    assert cancelled_stream(lines_in(), lines_out())


def test_a_page_in_several_parts_is_one_page(fake):
    bridge = fake("""
        def handle(request):
            part(request, 1, [ROW]); part(request, 2, ["news"], kind="weather"); part(request, 3, [ROW, ROW], "aa")
            part(request, 4, [ROW]); answer(request, SUMS)
        serve(handle)
    """)
    assert [(len(page.rows), page.cursor) for page in bridge.credentials.list().pages()] == [(3, "aa"), (1, None)]


@pytest.mark.parametrize("value", [5, None, [], "page"])
def test_a_part_that_is_no_object(fake, value):
    bridge = fake(f"""
        def handle(request):
            write(method="$/progress", params={{"token": request["id"], "value": {value!r}}}); answer(request, SUMS)
        serve(handle)
    """)
    with pytest.raises(ProtocolError, match="not what the protocol promises"):
        list(bridge.credentials.list())


def test_an_error_after_some_pages_has_the_cursor_to_go_on_with(fake):
    bridge = fake("""
        def handle(request):
            part(request, 1, [ROW], "aa")
            fail(request, 1503, "network", outcome="none", retryable=True, retry_after_ms=500, cursor="aa")
        serve(handle)
    """)
    rows = iter(bridge.credentials.list())
    next(rows)
    with pytest.raises(NetworkError) as caught:
        next(rows)
    assert (caught.value.data["cursor"], caught.value.retry_after, caught.value.retryable) == ("aa", 0.5, True)
    assert list(rows) == []


def test_rows_that_may_have_been_missed_are_told(fake, caplog):
    bridge = fake("""
        def handle(request):
            part(request, 1, [ROW], "aa"); answer(request, {**SUMS, "complete": False, "moved": True})
        serve(handle)
    """)
    pages = bridge.credentials.list().pages()
    assert len(list(pages)) == 1
    assert (pages.complete, pages.moved) == (False, True)
    assert "rows may have been missed" in caplog.text


def test_an_iterator_keeps_the_program_and_ends_with_it(options):
    bridge = Bridge(**options)
    fill(bridge, 3)
    engine = bridge._engine
    rows = iter(bridge.credentials.list(page_size=1))
    next(rows)
    del bridge
    gc.collect()
    assert len(list(rows)) == 2
    del rows
    until(lambda: is_gone(engine.pid))
    with pytest.raises(BridgeClosed):
        engine.take(engine.core.new_id(), "bridge.ping", {}, lambda event: True)

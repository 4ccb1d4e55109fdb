"""The page in a real browser, through nginx: what a visitor does, against what the interface says."""

import pytest
from playwright.sync_api import Page, expect
from tests.api import Api, fresh

pytestmark = pytest.mark.page

PLAYERS = 60


@pytest.fixture(scope="module")
def board(admin: Api) -> str:
    """Sixty players, player-1 (best) to player-60, from two regions."""
    name = fresh("cabinet")
    admin.define(name, title="Cabinet", periods=["all", "day"], regions=True)
    admin.batch_done(
        [
            {
                "board": name,
                "player": f"player-{n}",
                "name": f"Nº {n}",
                "score": 100_000 - n,
                "region": ("eu", "us")[n % 2],
            }
            for n in range(1, PLAYERS + 1)
        ]
    )
    admin.current(name, PLAYERS)
    return name


def shown(page: Page) -> list[str]:
    """The players in the table, from the top."""
    page.wait_for_selector("body[data-view=ready] #rows tr[data-player]")
    players = page.locator("#rows tr[data-player]").evaluate_all("rows => rows.map(row => row.dataset.player)")
    return [str(player) for player in players]


def test_a_visitor_sees_the_standings_of_the_board(page: Page, board: str) -> None:
    page.goto(f"/?board={board}")

    assert shown(page) == [f"player-{n}" for n in range(1, 26)]
    expect(page.locator("#board-title")).to_have_text("Cabinet")


def test_paging_forward_and_back_shows_the_same_rows(page: Page, board: str) -> None:
    page.goto(f"/?board={board}")
    first = shown(page)
    page.click("#next")
    page.wait_for_selector('#rows tr[data-player="player-26"]')
    second = shown(page)

    page.click("#prev")

    page.wait_for_selector('#rows tr[data-player="player-1"]')
    assert shown(page) == first
    assert second == [f"player-{n}" for n in range(26, 51)]


def test_a_player_who_is_looked_for_is_shown_among_the_neighbours(page: Page, board: str) -> None:
    page.goto(f"/?board={board}")
    shown(page)
    page.fill("#find-player", "player-40")

    page.click("#find-form button")

    row = page.locator('#rows tr.me[data-player="player-40"]')
    expect(row).to_have_attribute("data-rank", "40")
    expect(page.locator('#player-card[data-player="player-40"]')).to_be_visible()


def test_every_character_of_a_player_id_goes_through_search_address_and_friends(page: Page, admin: Api) -> None:
    name, player = fresh("marks"), "Steam:7656|a+b~c=d_e@f.g-" + "x" * 103
    admin.define(name, title="Marks")
    admin.batch_done([{"board": name, "player": each, "score": n} for n, each in enumerate((player, "a+b"))])
    admin.current(name, 2)
    page.goto(f"/?board={name}")
    shown(page)

    page.fill("#find-player", player)
    page.click("#find-form button")
    expect(page.locator("#rows tr.me")).to_have_attribute("data-player", player)
    page.reload()
    expect(page.locator("#player-card")).to_have_attribute("data-player", player)
    page.fill("#friend-ids", f"{player} a+b ..")
    page.click("#friend-form button")

    expect(page.locator("#friend-rows tr").first).to_have_attribute("data-player", "a+b")
    expect(page.locator("#friend-rows tr").nth(1)).to_have_attribute("data-rank", "2")
    expect(page.locator("#friend-ids")).to_have_value("..")


def test_the_boards_with_the_newest_activity_come_first_and_then_all_others(page: Page, admin: Api) -> None:
    names = [fresh("many") for _ in range(30)]
    for name in names:
        admin.define(name)
    admin.submit_done(names[0], "ada", 1)

    page.goto("/")
    expect(page.locator("#board-list a").first).to_have_attribute("data-board", names[0])
    while page.locator("#more-boards").is_visible():
        listed = page.locator("#board-list a").count()
        page.click("#more-boards")
        expect(page.locator("#board-list a").nth(listed)).to_be_visible()

    listed_boards = page.locator("#board-list a").evaluate_all("links => links.map(link => link.dataset.board)")
    assert len(set(listed_boards)) == len(listed_boards)
    assert set(listed_boards) >= set(names)


def test_a_region_leaves_only_its_players_with_their_ranks_in_it(page: Page, board: str) -> None:
    page.goto(f"/?board={board}&region=us")

    assert shown(page)[:3] == ["player-1", "player-3", "player-5"]
    expect(page.locator('#rows tr[data-player="player-3"]')).to_have_attribute("data-rank", "2")


def test_friends_are_listed_with_their_ranks(page: Page, board: str) -> None:
    page.goto(f"/?board={board}")
    shown(page)
    page.fill("#friend-ids", "player-50, player-7")

    page.click("#friend-form button")

    expect(page.locator('#friend-rows tr[data-player="player-50"]')).to_have_attribute("data-rank", "50")
    expect(page.locator('#friend-rows tr[data-player="player-7"]')).to_have_attribute("data-rank", "7")


def test_a_new_best_score_moves_up_while_the_visitor_watches(page: Page, admin: Api) -> None:
    name = fresh("live")
    admin.define(name, title="Live")
    admin.batch_done([{"board": name, "player": f"p{n}", "score": n} for n in range(1, 6)])
    admin.current(name, 5)
    page.goto(f"/?board={name}")
    assert shown(page)[0] == "p5"

    admin.submit_done(name, "p1", 100)

    page.wait_for_selector('#rows tr[data-player="p1"][data-rank="1"]')
    expect(page.locator('#moves li[data-player="p1"]').first).to_be_visible()


def test_a_board_without_scores_is_shown_as_empty(page: Page, admin: Api) -> None:
    name = fresh("empty")
    admin.define(name, title="Nobody yet")

    page.goto(f"/?board={name}")

    expect(page.locator("body")).to_have_attribute("data-view", "empty")


def test_an_unknown_board_is_told_in_words(page: Page) -> None:
    page.goto("/?board=there-is-none")

    expect(page.locator("body")).to_have_attribute("data-view", "error")
    expect(page.locator("#message")).to_contain_text("no such board")


def test_the_reference_shows_the_operations_of_all_three_services(page: Page) -> None:
    page.goto("/docs")

    for path in ("/v1/scores", "/v1/boards/{board}/standings", "/v1/jobs/{job}"):
        expect(page.locator("article.operation", has_text=path).first).to_be_visible()
    expect(page.locator("#docs-missing")).to_be_hidden()


@pytest.mark.parametrize(
    ("rules", "step", "expected"),
    [
        ({}, 100, ["1,000 points to the top 100", "100 points to the top 100"]),
        ({"order": "asc", "unit": "milliseconds"}, -100, ["0:01.000 to the top 100", "0:00.100 to the top 100"]),
        ({"unit": "metres"}, 1, ["10 m to the top 100", "1 m to the top 100"]),
    ],
)
def test_who_is_below_the_top_hundred_sees_what_is_lacking(
    page: Page, admin: Api, rules: dict[str, str], step: int, expected: list[str]
) -> None:
    """Players 1 to 110 from the top, and one who is level with the hundredth and came later."""
    name = fresh("hundred")
    admin.define(name, title="Hundred", **rules)
    scores = {f"player-{n}": 20_000 - step * n for n in range(1, 111)}
    admin.batch_done([{"board": name, "player": player, "score": score} for player, score in scores.items()])
    admin.submit_done(name, "level", scores["player-100"])
    admin.current(name, 111)
    page.goto(f"/?board={name}&player=player-110")

    expect(page.locator("#player-card .lacking")).to_have_text(expected[0])
    page.fill("#friend-ids", "player-100 player-101 player-110 level")
    page.click("#friend-form button")
    rows = page.locator("#friend-rows tr")
    expect(rows).to_have_count(4)
    expect(rows.locator(".lacking")).to_have_text(["Level with rank 100", expected[1], expected[0]])
    page.click("#friend-rows tr[data-player=player-100] a")
    expect(page.locator("#player-card[data-player=player-100] .card-facts")).to_be_visible()
    expect(page.locator("#player-card .lacking")).to_have_count(0)


def test_sub_scores_have_columns_of_their_own_and_equals_the_same_rank(page: Page, admin: Api) -> None:
    name = fresh("golf")
    admin.define(
        name,
        title="Golf",
        order="asc",
        ranks="competition",
        subscores=[{"name": "putts", "order": "asc"}, {"name": "birdies", "order": "desc"}],
    )
    plays = [("bo", 71, 30, 1_234), ("cy", 71, 30, 1_234), ("al", 71, 29, 0), ("di", 72, 0, 0)]
    admin.batch_done(
        [
            {"board": name, "player": player, "score": score, "subscores": subscores}
            for player, score, *subscores in plays
        ]
    )
    admin.current(name, len(plays))

    page.goto(f"/?board={name}&player=cy")

    expect(page.locator("#table thead .subscore")).to_have_text(["putts", "birdies"])
    rows = page.locator("#rows tr[data-player]")
    expect(rows).to_have_count(len(plays))
    told = rows.evaluate_all(
        "rows => rows.map(row => [row.dataset.player, row.dataset.rank,"
        " ...[...row.querySelectorAll('.subscore')].map(cell => cell.textContent)])"
    )
    assert told == [
        ["al", "1", "29", "0"],
        ["bo", "2", "30", "1,234"],
        ["cy", "2", "30", "1,234"],
        ["di", "4", "0", "0"],
    ]
    expect(page.locator("#board-rules")).to_contain_text("less putts, then more birdies")
    expect(page.locator("#player-card .card-facts")).to_contain_text("birdies")


LARGEST = 2**53 - 1
UUID = "0b9fd3a6-9c3e-4b1a-9c1a-3f0b0f7a1c22"
WIDTHS = (360, 920, 1280)


@pytest.fixture(scope="module")
def wide_board(admin: Api) -> str:
    """The widest of everything: scores of 16 digits, ids of 36, 64 and 128 characters, four sub-scores; and a last one
    who lacks as much to the top hundred as can be."""
    name = fresh("wide")
    subscores = [{"name": each, "order": "desc"} for each in ("laps", "falls", "time left", "stars")]
    admin.define(name, title="Wide", regions=True, subscores=subscores)
    plays: list[tuple[str, str | None, str, int]] = [
        (UUID, None, "eu", LARGEST),
        ("x" * 64, "Sixty-four", "eu", LARGEST - 1),
        ("ada", "Ada", "us", LARGEST - 2),
        *((f"filler-{n}", None, "us", LARGEST - 3 - n) for n in range(100)),
        ("Y" * 128, None, "na-california", -LARGEST),
    ]
    metadata = {"large": 12345678901234567890, "odd": -9007199254740993, "part": 3.25, "text": '1 "2" 9007199254740993'}
    admin.batch_done(
        [
            {
                "board": name,
                "player": player,
                "score": score,
                "region": region,
                "subscores": [LARGEST, -LARGEST, 5, 123_456],
                "metadata": metadata,
                **({"name": shown_name} if shown_name else {}),
            }
            for player, shown_name, region, score in plays
        ]
    )
    admin.current(name, len(plays))
    return name


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("player", [None, UUID, "Y" * 128, "Z" * 128], ids=["table", "uuid", "longest", "missing"])
def test_nothing_is_cut_off_and_nothing_scrolls_sideways(
    page: Page, wide_board: str, width: int, player: str | None
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/?board={wide_board}" + (f"&player={player}" if player else ""))
    shown(page)
    page.fill("#friend-ids", f"{UUID} {'Y' * 128} {'Z' * 128}")
    page.click("#friend-form button")
    expect(page.locator(f'#friend-rows tr[data-player="{UUID}"]')).to_have_attribute("data-rank", "1")
    expect(page.locator("#friends .lacking")).to_be_visible()
    if player:
        expect(page.locator("#player-card")).to_have_attribute("data-player", player)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    cut = page.evaluate(
        """() => [...document.querySelectorAll("#table, #friends, #player-card, .hero")].flatMap((box) => {
            const {left, right} = box.parentElement.getBoundingClientRect();
            return [box, ...box.querySelectorAll("*")].filter((each) => {
                if (each.closest(".spoken, .stripes, svg, .segments")) return false;
                const place = each.getBoundingClientRect();
                return place.width && (place.left < left - 1 || place.right > right + 1);
            }).map((each) => each.outerHTML.slice(0, 120));
        })"""
    )
    assert cut == []
    whole = f"{LARGEST:,}"
    lines = page.evaluate(
        """(whole) => [...document.querySelectorAll("#rows *, #friend-rows *, #player-card *")]
            .flatMap((element) => [...element.childNodes])
            .filter((node) => node.nodeType === Node.TEXT_NODE && node.data.includes(whole))
            .filter((node) => node.parentElement.getClientRects().length)
            .map((node) => {
                const range = document.createRange();
                const start = node.data.indexOf(whole);
                range.setStart(node, start);
                range.setEnd(node, start + whole.length);
                return new Set([...range.getClientRects()].map(({top}) => Math.round(top))).size;
            })""",
        whole,
    )
    assert len(lines) >= 2
    assert set(lines) == {1}, "a number is broken over lines"


def test_what_has_no_room_beside_the_name_stands_under_it(page: Page, wide_board: str, board: str) -> None:
    def layout(name: str, width: int) -> str | None:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/?board={name}")
        shown(page)
        return page.get_attribute("#table", "data-layout")

    assert [layout(board, width) for width in WIDTHS] == ["narrow", "wide", "wide"]
    assert layout(wide_board, 360) == "stacked"
    expect(page.locator("#rows .points").first).to_be_visible()
    expect(page.locator("#rows td.score").first).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.locator("#table")).to_have_attribute("data-layout", "narrow")


def test_a_long_id_without_a_name_shows_its_ends_and_the_whole_in_a_tooltip(page: Page, wide_board: str) -> None:
    page.goto(f"/?board={wide_board}")
    shown(page)

    link = page.locator(f'#rows tr[data-player="{UUID}"] .player a')
    expect(link).to_have_text("0b9fd3a6…7a1c22")
    expect(link).to_have_attribute("title", UUID)
    expect(page.locator(f'#rows tr[data-player="{"x" * 64}"] .id')).to_have_attribute("title", "x" * 64)
    expect(page.locator('#rows tr[data-player="ada"] .id')).to_have_text("ada")
    link.click()
    expect(page.locator("#player-card code")).to_have_text(UUID)


def test_numbers_of_metadata_are_shown_exactly(page: Page, wide_board: str) -> None:
    page.goto(f"/?board={wide_board}&player=ada")

    facts = page.locator("#player-card .card-facts")
    for value in ("12345678901234567890", "-9007199254740993", "3.25", '1 "2" 9007199254740993'):
        expect(facts.get_by_text(value, exact=True)).to_be_visible()


def test_a_board_that_is_deleted_while_it_is_looked_at_leaves_the_list_and_the_way_out(page: Page, admin: Api) -> None:
    name = fresh("doomed")
    admin.define(name, title="Doomed")
    admin.submit_done(name, "ada", 1)
    page.goto(f"/?board={name}")
    shown(page)
    expect(page.locator(f'#board-list a[data-board="{name}"]')).to_be_visible()

    admin.done(admin.command("DELETE", f"/v1/admin/boards/{name}"))

    expect(page.locator("body")).to_have_attribute("data-view", "error")
    expect(page.locator("#message")).to_contain_text(name)
    expect(page.locator(f'#board-list a[data-board="{name}"]')).to_have_count(0)
    page.click("#message .button")
    expect(page.locator("body")).to_have_attribute("data-view", "ready")
    assert f"board={name}" not in page.url


def test_a_private_board_says_so_in_words_for_visitors(page: Page, admin: Api) -> None:
    name = fresh("private")
    admin.define(name, title="Private", visibility="private")

    page.goto(f"/?board={name}")

    expect(page.locator("body")).to_have_attribute("data-view", "error")
    expect(page.locator("#message")).to_contain_text("This board is private")
    for word in ("header", "Authorization", "Bearer", "API"):
        expect(page.locator("#message")).not_to_contain_text(word)
    expect(page.locator("#message .button")).to_have_attribute("href", "/")

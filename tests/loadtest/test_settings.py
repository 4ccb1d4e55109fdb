"""The settings of a load test: refused in one message, and turned into arrivals."""

from tests.loadtest import k6


def test_names_everything_that_is_wrong_at_once() -> None:
    result = k6.run({"BASE_URL": "ftp://x", "DURATION": "soon", "BATCH_SIZE": "1001", "KEEP_BOARDS": "yes"})

    assert result.returncode != 0
    for complaint in (
        "ADMIN_KEY is missing",
        "SUBMIT_KEY is missing",
        "BASE_URL must begin with http:// or https://",
        "DURATION must be a duration",
        "BATCH_SIZE must be a whole number from 1 to 1000",
        "KEEP_BOARDS must be true or false",
    ):
        assert complaint in result.stderr


def test_arrivals_ramp_up_and_hold() -> None:
    rendered = k6.render(k6.summary(), SCORES_RATE="0.5", RAMP="5s", DURATION="1m")

    scenario = rendered.plan["scenarios"]["scores"]
    assert scenario["executor"] == "ramping-arrival-rate"
    assert (scenario["startRate"], scenario["timeUnit"]) == (0, "60s")
    assert scenario["stages"] == [{"target": 30, "duration": "5000ms"}, {"target": 30, "duration": "60000ms"}]


def test_stages_multiply_the_rates() -> None:
    rendered = k6.render(k6.summary(), SCORES_RATE="10", STAGES="1:30s,2.5:1m,0:10s")

    stages = rendered.plan["scenarios"]["scores"]["stages"]
    assert [stage["target"] for stage in stages] == [600, 1500, 0]


def test_a_rate_of_zero_leaves_the_scenario_and_its_goals_out() -> None:
    rendered = k6.render(k6.summary(), VISIBLE_RATE="0")

    assert "visible" not in rendered.plan["scenarios"]
    assert "time_to_visible" not in rendered.plan["thresholds"]

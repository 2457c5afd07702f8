"""Earlier results: older dates only, one branch only, each report once."""

from datetime import date

import pandas as pd

from microlib.homes import Home
from microlib.reporting.earlier import earlier_results


def test_only_older_reports_of_the_branch_are_read(tmp_path) -> None:
    march = [("2026-03-31", "0755", "zh"), ("2026-03-31", "0755", "en")]
    others = [("2026-05-31", "0755", "zh"), ("2026-06-30", "0755", "zh"), ("2026-05-31", "0021", "zh")]
    for day, branch, lang in [*march, *others, ("drafts", "0755", "zh")]:
        folder = tmp_path / "reports" / day / branch / "8_campaign_effect" / lang / "results"
        folder.mkdir(parents=True)
        pd.DataFrame({"where": [f"{day} {branch}"]}).to_parquet(folder / "forecasts.parquet")
    found = earlier_results(Home(tmp_path), "forecasts", branch="0755", before=date(2026, 6, 30))
    assert found["where"].to_list() == ["2026-03-31 0755", "2026-05-31 0755"]
    everybody = earlier_results(Home(tmp_path), "forecasts", branch="*", before=date(2026, 6, 30))
    assert set(everybody["where"]) == {"2026-03-31 0755", "2026-05-31 0755", "2026-05-31 0021"}
    assert earlier_results(Home(tmp_path), "nothing", branch="0755", before=date(2026, 6, 30)).empty

from aiflow_cli.protocol.finding import Finding


def test_json_and_back() -> None:
    finding = Finding("session-id", "error", "wrong", "$.session_id")
    assert Finding.from_dict(finding.to_dict()) == finding


def test_a_finding_about_the_whole_needs_no_path() -> None:
    assert Finding.from_dict({"rule": "http-status", "severity": "error", "message": "500"}).path == ""

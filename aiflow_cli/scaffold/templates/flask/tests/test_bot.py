import pytest

from bot import BadEvent, Settings, answer

SESSION = {"id": "call-1", "phone_number": "+4930111", "to_phone_number": "+4930222"}
TRANSFER = Settings(transfer_number="+4930999")


def event(kind, **fields):
    return {"type": kind, "session": SESSION, **fields}


def says(text):
    return {"type": "speak", "session_id": "call-1", "text": text}


def test_greets_the_caller():
    assert answer(event("session_start"), Settings()) == {
        **says("Hello! How can I help you today?"),
        "user_input_timeout_seconds": 8,
    }


@pytest.mark.parametrize("name", ["text", "transcript"])
def test_repeats_what_the_caller_said(name):
    assert answer(event("user_speak", **{name: "Grüße 👋"}), Settings()) == says("You said: Grüße 👋")


def test_hangs_up_on_a_goodbye():
    hangup = {"type": "hangup", "session_id": "call-1"}
    assert answer(event("user_speak", text="GoodBye, agent"), TRANSFER) == hangup


@pytest.mark.parametrize("text", ["Transfer me", "an AGENT please"])
def test_transfers_to_a_person_where_a_number_is_set(text):
    assert answer(event("user_speak", text=text), TRANSFER) == {
        "type": "transfer",
        "session_id": "call-1",
        "target_phone_number": "+4930999",
        "caller_id_name": "Voice bot",
        "caller_id_number": "+4930111",
    }


@pytest.mark.parametrize(
    ("session", "number"),
    [({"id": "1", "to_phone_number": "+4930222"}, "+4930222"), ({"id": "1"}, "+4930999")],
)
def test_shows_the_number_that_was_called_else_the_targets_in_a_transfer(session, number):
    action = answer({"type": "user_speak", "text": "transfer", "session": session}, TRANSFER)
    assert action["caller_id_number"] == number


def test_repeats_a_wish_for_a_transfer_where_no_number_is_set():
    assert answer(event("user_speak", text="transfer me"), Settings()) == says("You said: transfer me")


@pytest.mark.parametrize("text", ["", " \n"])
def test_does_nothing_about_silence(text):
    assert answer(event("user_speak", text=text), Settings()) is None


@pytest.mark.parametrize("fields", [{}, {"text": 7}, {"text": None}])
def test_refuses_speech_without_a_text(fields):
    with pytest.raises(BadEvent, match="user_speak has no text"):
        answer(event("user_speak", **fields), Settings())


@pytest.mark.parametrize("digit", "0123456789*#")
def test_names_the_key_that_was_pressed(digit):
    assert answer(event("dtmf_received", digit=digit), Settings()) == says(f"You pressed {digit}.")


@pytest.mark.parametrize("digit", ["A", "12", "1\n", "", 1, None, [], {}])
def test_refuses_a_key_that_no_telephone_has(digit):
    with pytest.raises(BadEvent, match="dtmf_received has no valid digit"):
        answer(event("dtmf_received", digit=digit), Settings())


def test_asks_a_silent_caller_again():
    assert answer(event("user_input_timeout"), Settings()) == says("Are you still there?")


@pytest.mark.parametrize("kind", ["session_end", "assistant_speak", "user_barge_in", "something_new", "__class__"])
def test_does_nothing_about_every_other_event(kind):
    assert answer(event(kind, text="hello"), Settings()) is None

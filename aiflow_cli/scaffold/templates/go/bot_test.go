package main

import (
	"errors"
	"reflect"
	"testing"
)

const session = `"session": {"id": "call-1", "phone_number": "+4930111", "to_phone_number": "+4930222"}`

func answer(t *testing.T, bot Bot, fields string) (Actions, error) {
	t.Helper()
	event, err := ParseEvent([]byte(`{` + session + `, ` + fields + `}`))
	if err != nil {
		t.Fatalf("%s: %v", fields, err)
	}
	return bot.Answer(event)
}

func says(text string) Actions {
	return Actions{{"type": "speak", "session_id": "call-1", "text": text}}
}

func TestAnswers(t *testing.T) {
	greeting := says("Hello! How can I help you today?")
	greeting[0]["user_input_timeout_seconds"] = 8
	cases := []struct {
		name, fields string
		want         Actions
	}{
		{"greets", `"type": "session_start"`, greeting},
		{"echoes", `"type": "user_speak", "text": "Grüße 👋"`, says("You said: Grüße 👋")},
		{"reads older deliveries", `"type": "user_speak", "transcript": "hello"`, says("You said: hello")},
		{"hangs up", `"type": "user_speak", "text": "GoodBye, agent"`, Actions{{"type": "hangup", "session_id": "call-1"}}},
		{"has nobody to transfer to", `"type": "user_speak", "text": "Agent"`, says("You said: Agent")},
		{"ignores silence", `"type": "user_speak", "text": " \n"`, nil},
		{"names a digit", `"type": "dtmf_received", "digit": "1"`, says("You pressed 1.")},
		{"names the pound key", `"type": "dtmf_received", "digit": "#"`, says("You pressed #.")},
		{"asks again", `"type": "user_input_timeout"`, says("Are you still there?")},
		{"says nothing after the end", `"type": "session_end"`, nil},
		{"ignores barge-in", `"type": "user_barge_in", "text": "bye"`, nil},
		{"ignores what it does not know", `"type": "something_new"`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := answer(t, Bot{}, c.fields)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestTransfersWhereANumberIsSet(t *testing.T) {
	got, err := answer(t, Bot{TransferNumber: "+4930999"}, `"type": "user_speak", "text": "an Agent please"`)
	want := Actions{{
		"type": "transfer", "session_id": "call-1", "target_phone_number": "+4930999",
		"caller_id_name": "Voice bot", "caller_id_number": "+4930111",
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestShowsTheCalledNumberElseTheTargetInATransfer(t *testing.T) {
	for _, c := range []struct{ session, want string }{
		{`{"id": "1", "to_phone_number": "+4930222"}`, "+4930222"},
		{`{"id": "1"}`, "+4930999"},
	} {
		event, err := ParseEvent([]byte(`{"type": "user_speak", "text": "transfer", "session": ` + c.session + `}`))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Bot{TransferNumber: "+4930999"}.Answer(event)
		if err != nil || got[0]["caller_id_number"] != c.want {
			t.Errorf("%s: got %v, %v", c.session, got, err)
		}
	}
}

func TestRefusesWhatTheProtocolDoesNotAllow(t *testing.T) {
	for fields, want := range map[string]BadEvent{
		`"type": "user_speak"`:                   "user_speak has no text",
		`"type": "user_speak", "text": 7`:        "user_speak has no text",
		`"type": "user_speak", "text": null`:     "user_speak has no text",
		`"type": "dtmf_received"`:                "dtmf_received has no valid digit",
		`"type": "dtmf_received", "digit": 1`:    "dtmf_received has no valid digit",
		`"type": "dtmf_received", "digit": "12"`: "dtmf_received has no valid digit",
		`"type": "dtmf_received", "digit": "A"`:  "dtmf_received has no valid digit",
	} {
		if _, err := answer(t, Bot{}, fields); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", fields, err, want)
		}
	}
}

// Reads an event. Only what every event has is checked here; the rest is read where it is used, so that fields
// the service adds do no harm.
package main

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Fields is a JSON object whose values are read when they are asked for.
type Fields map[string]json.RawMessage

// Text is the string in a field; found is false where there is none or something else than a string.
func (fields Fields) Text(name string) (text string, found bool) {
	raw := fields[name]
	if !bytes.HasPrefix(raw, []byte{'"'}) {
		return "", false
	}
	return text, json.Unmarshal(raw, &text) == nil
}

// Event is one event of a call: its type, its session and the fields that its type has.
type Event struct {
	Fields
	Type    string
	Session Fields
}

// SessionID names the call; every action repeats it.
func (event Event) SessionID() string {
	id, _ := event.Session.Text("id")
	return id
}

// ParseEvent reads the body of a request. Its error is a BadEvent.
func ParseEvent(body []byte) (Event, error) {
	event := Event{}
	// encoding/json puts U+FFFD where the bytes are no UTF-8: that would be somebody else's text.
	if !utf8.Valid(body) || !json.Valid(body) {
		return event, BadEvent("body is not JSON")
	}
	if json.Unmarshal(body, &event.Fields) != nil || event.Fields == nil {
		return event, BadEvent("body is not a JSON object")
	}
	event.Type, _ = event.Text("type")
	if event.Type == "" {
		return event, BadEvent("event has no type")
	}
	// A session that is no object leaves Session empty: it has no id then.
	_ = json.Unmarshal(event.Fields["session"], &event.Session)
	if event.SessionID() == "" {
		return event, BadEvent("event has no session.id")
	}
	return event, nil
}

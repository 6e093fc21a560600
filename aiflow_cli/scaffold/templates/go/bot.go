// What the bot says. One small function per event: it gets the event and returns actions, or nil for "nothing to
// do". Change these first.
package main

import "strings"

// Bot holds what the answers depend on besides the event.
type Bot struct {
	TransferNumber string // E.164; empty: the bot transfers nobody
}

// Action is one thing that the bot wants done; Actions are carried out in order.
type (
	Action  map[string]any
	Actions []Action
)

// BadEvent is an event that breaks the protocol; its message goes back to the sender with status 400.
type BadEvent string

func (message BadEvent) Error() string { return string(message) }

type handler func(Bot, Event) (Actions, error)

var handlers = map[string]handler{
	"session_start":      greet,
	"user_speak":         reply,
	"dtmf_received":      confirmKey,
	"user_input_timeout": askAgain,
	"session_end":        cleanUp,
}

// Answer is the answer to one event. Types without a handler are ignored: the service adds new ones.
func (bot Bot) Answer(event Event) (Actions, error) {
	handle, known := handlers[event.Type]
	if !known {
		return nil, nil
	}
	return handle(bot, event)
}

func greet(_ Bot, event Event) (Actions, error) {
	greeting := speak(event, "Hello! How can I help you today?")
	// A caller who stays silent for so long is asked again: askAgain.
	greeting[0]["user_input_timeout_seconds"] = 8
	return greeting, nil
}

func reply(bot Bot, event Event) (Actions, error) {
	text, found := spokenText(event)
	words := strings.ToLower(text)
	switch {
	case !found:
		return nil, BadEvent("user_speak has no text")
	case strings.TrimSpace(text) == "":
		return nil, nil
	case strings.Contains(words, "bye"):
		return hangup(event), nil
	case bot.TransferNumber != "" && (strings.Contains(words, "transfer") || strings.Contains(words, "agent")):
		return transfer(event, bot.TransferNumber), nil
	}
	return speak(event, "You said: "+text), nil
}

func confirmKey(_ Bot, event Event) (Actions, error) {
	digit, _ := event.Text("digit")
	if len(digit) != 1 || !strings.Contains("0123456789*#", digit) {
		return nil, BadEvent("dtmf_received has no valid digit")
	}
	return speak(event, "You pressed "+digit+"."), nil
}

func askAgain(_ Bot, event Event) (Actions, error) {
	return speak(event, "Are you still there?"), nil
}

// cleanUp is called when the call is over. An action would be an error here.
func cleanUp(Bot, Event) (Actions, error) {
	return nil, nil
}

func speak(event Event, text string) Actions {
	return Actions{{"type": "speak", "session_id": event.SessionID(), "text": text}}
}

func hangup(event Event) Actions {
	return Actions{{"type": "hangup", "session_id": event.SessionID()}}
}

func transfer(event Event, number string) Actions {
	callerID := number
	for _, key := range []string{"to_phone_number", "phone_number"} {
		if own, _ := event.Session.Text(key); own != "" {
			callerID = own
		}
	}
	return Actions{{
		"type":                "transfer",
		"session_id":          event.SessionID(),
		"target_phone_number": number,
		"caller_id_name":      "Voice bot",
		"caller_id_number":    callerID,
	}}
}

// spokenText is what the caller said. Older deliveries name it transcript.
func spokenText(event Event) (text string, found bool) {
	if text, found = event.Text("text"); found {
		return text, true
	}
	return event.Text("transcript")
}

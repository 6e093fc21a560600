// The HTTP side: checks a request, hands its event to the bot, sends the answer. Nothing to change here for a new bot.
package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"runtime/debug"
	"strings"
)

const maxBodyBytes = 1 << 20

// Answer is what the HTTP side asks of a bot.
type Answer func(Event) (Actions, error)

type webhook struct {
	answer Answer
	secret string
	log    *log.Logger
}

// NewHandler serves /webhook and /health. With a secret, only requests that carry it in X-API-TOKEN are heard.
func NewHandler(answer Answer, secret string, logger *log.Logger) http.Handler {
	hook := webhook{answer: answer, secret: secret, log: logger}
	// No http.ServeMux: it redirects //webhook, and a webhook has to answer 404 there.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer hook.recoverPanic(w)
		switch r.URL.Path {
		case "/webhook":
			hook.serve(w, r)
		case "/health":
			serveHealth(w, r)
		default:
			refuse(w, http.StatusNotFound, "not found")
		}
	})
}

func serveHealth(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuseMethod(w, "GET, HEAD")
		return
	}
	sendJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (hook webhook) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	if hook.secret != "" && !sameSecret(r.Header.Get("X-API-TOKEN"), hook.secret) {
		refuse(w, http.StatusUnauthorized, "missing or wrong X-API-TOKEN")
		return
	}
	actions, err := hook.handle(w, r)
	if err != nil {
		hook.refuseError(w, err)
		return
	}
	switch len(actions) {
	case 0:
		w.WriteHeader(http.StatusNoContent)
	case 1:
		sendJSON(w, http.StatusOK, actions[0])
	default:
		sendJSON(w, http.StatusOK, actions)
	}
}

// handle reads the event of a request, asks the bot and logs both in one line.
func (hook webhook) handle(w http.ResponseWriter, r *http.Request) (Actions, error) {
	event, err := readEvent(w, r)
	if err != nil {
		return nil, err
	}
	actions, err := hook.answer(event)
	if err != nil {
		return nil, err
	}
	// Quoted, so that what a sender puts into an event cannot begin a line of its own.
	hook.log.Printf("%q session %q -> %s", event.Type, event.SessionID(), actions.types())
	return actions, nil
}

func readEvent(w http.ResponseWriter, r *http.Request) (Event, error) {
	var tooLarge *http.MaxBytesError
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if errors.As(err, &tooLarge) {
		return Event{}, err
	}
	if err != nil {
		return Event{}, BadEvent("body is not JSON") // broken off, or broken chunks
	}
	return ParseEvent(body)
}

func (actions Actions) types() string {
	if len(actions) == 0 {
		return "nothing"
	}
	types := make([]string, len(actions))
	for i, action := range actions {
		types[i] = fmt.Sprint(action["type"])
	}
	return strings.Join(types, ", ")
}

func (hook webhook) refuseError(w http.ResponseWriter, err error) {
	var bad BadEvent
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &bad):
		refuse(w, http.StatusBadRequest, bad.Error())
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "body is larger than 1 MiB")
	default:
		hook.log.Print(err)
		refuse(w, http.StatusInternalServerError, "internal error")
	}
}

// recoverPanic answers where net/http would only close the connection.
func (hook webhook) recoverPanic(w http.ResponseWriter) {
	if fault := recover(); fault != nil {
		hook.log.Printf("panic: %v\n%s", fault, debug.Stack())
		refuse(w, http.StatusInternalServerError, "internal error")
	}
}

// sameSecret compares digests: they have one length, so the time taken does not even tell how long the secret is.
func sameSecret(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func refuseMethod(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	refuse(w, http.StatusMethodNotAllowed, "method not allowed")
}

func refuse(w http.ResponseWriter, status int, message string) {
	sendJSON(w, status, map[string]string{"error": message})
}

func sendJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only where nobody is left to read the answer
}

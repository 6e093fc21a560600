package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const hello = `{"type": "user_speak", "text": "hello", "session": {"id": "call-1"}}`

func call(handler http.Handler, method, path, body, secret string) *httptest.ResponseRecorder {
	// Wrapped: an unknown length, as in a chunked request.
	request := httptest.NewRequest(method, path, io.NopCloser(strings.NewReader(body)))
	if secret != "" {
		request.Header.Set("X-API-TOKEN", secret)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func newHandler(secret string) http.Handler {
	return NewHandler(Bot{}.Answer, secret, log.New(io.Discard, "", 0))
}

func expectError(t *testing.T, response *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	var body map[string]string
	if err := json.Unmarshal(response.Body.Bytes(), &body); err != nil {
		t.Fatalf("%q: %v", response.Body, err)
	}
	if response.Code != status || body["error"] != message || len(body) != 1 {
		t.Errorf("got %d %v, want %d %q", response.Code, body, status, message)
	}
}

func TestAnswersAnEventAndLogsIt(t *testing.T) {
	var lines bytes.Buffer
	handler := NewHandler(Bot{}.Answer, "s3cret", log.New(&lines, "", 0))
	response := call(handler, http.MethodPost, "/webhook?from=test", hello, "s3cret")
	want := `{"session_id":"call-1","text":"You said: hello","type":"speak"}`
	if response.Code != http.StatusOK || strings.TrimSpace(response.Body.String()) != want {
		t.Errorf("got %d %s", response.Code, response.Body)
	}
	if got := response.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	if got := lines.String(); got != "\"user_speak\" session \"call-1\" -> speak\n" {
		t.Errorf("logged %q", got)
	}
}

func TestAnswers204WhereThereIsNothingToDo(t *testing.T) {
	response := call(newHandler(""), http.MethodPost, "/webhook", `{"type": "session_end", "session": {"id": "1"}}`, "")
	if response.Code != http.StatusNoContent || response.Body.Len() != 0 {
		t.Errorf("got %d %q", response.Code, response.Body)
	}
}

func TestSendsSeveralActionsAsAnArray(t *testing.T) {
	var lines bytes.Buffer
	both := func(event Event) (Actions, error) { return append(speak(event, "Bye."), hangup(event)...), nil }
	response := call(NewHandler(both, "", log.New(&lines, "", 0)), http.MethodPost, "/webhook", hello, "")
	var actions Actions
	if err := json.Unmarshal(response.Body.Bytes(), &actions); err != nil || len(actions) != 2 {
		t.Errorf("got %s, %v", response.Body, err)
	}
	if !strings.HasSuffix(lines.String(), "-> speak, hangup\n") {
		t.Errorf("logged %q", lines.String())
	}
}

func TestHealth(t *testing.T) {
	response := call(newHandler("s3cret"), http.MethodGet, "/health", "", "")
	if response.Code != http.StatusOK || strings.TrimSpace(response.Body.String()) != `{"status":"ok"}` {
		t.Errorf("got %d %s", response.Code, response.Body)
	}
}

func TestKnowsNoOtherPath(t *testing.T) {
	for _, path := range []string{"/", "/webhook/", "/Webhook", "//webhook"} {
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(hello))
		request.URL.Path = path
		recorder := httptest.NewRecorder()
		newHandler("").ServeHTTP(recorder, request)
		expectError(t, recorder, http.StatusNotFound, "not found")
	}
}

func TestTakesPOSTOnly(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodOptions} {
		response := call(newHandler("s3cret"), method, "/webhook", "", "")
		expectError(t, response, http.StatusMethodNotAllowed, "method not allowed")
		if got := response.Header().Get("Allow"); got != "POST" {
			t.Errorf("Allow: %q", got)
		}
	}
}

func TestWantsTheSecretBeforeItReadsAnything(t *testing.T) {
	for _, secret := range []string{"", "wrong", "s3cret2"} {
		response := call(newHandler("s3cret"), http.MethodPost, "/webhook", "{", secret)
		expectError(t, response, http.StatusUnauthorized, "missing or wrong X-API-TOKEN")
	}
}

func TestRefusesABodyOver1MiB(t *testing.T) {
	full := hello + strings.Repeat(" ", 1<<20-len(hello))
	if response := call(newHandler(""), http.MethodPost, "/webhook", full, ""); response.Code != http.StatusOK {
		t.Errorf("exactly 1 MiB: %d", response.Code)
	}
	response := call(newHandler(""), http.MethodPost, "/webhook", full+" ", "")
	expectError(t, response, http.StatusRequestEntityTooLarge, "body is larger than 1 MiB")
}

func TestRefusesWhatIsNotAnEvent(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"", "body is not JSON"},
		{"{", "body is not JSON"},
		{"\"\xff\"", "body is not JSON"},
		{"[]", "body is not a JSON object"},
		{"null", "body is not a JSON object"},
		{"{}", "event has no type"},
		{`{"type": 1}`, "event has no type"},
		{`{"TYPE": "session_start"}`, "event has no type"},
		{`{"type": "session_start"}`, "event has no session.id"},
		{`{"type": "session_start", "session": "id"}`, "event has no session.id"},
		{`{"type": "session_start", "session": {"id": ""}}`, "event has no session.id"},
		{`{"type": "user_speak", "session": {"id": "1"}}`, "user_speak has no text"},
	} {
		response := call(newHandler(""), http.MethodPost, "/webhook", c.body, "")
		expectError(t, response, http.StatusBadRequest, c.want)
	}
}

func TestKeepsItsOwnFaultsToItsLog(t *testing.T) {
	var lines bytes.Buffer
	broken := func(Event) (Actions, error) { panic("broken bot") }
	handler := NewHandler(broken, "", log.New(&lines, "", 0))
	expectError(t, call(handler, http.MethodPost, "/webhook", hello, ""), http.StatusInternalServerError, "internal error")
	if !strings.Contains(lines.String(), "broken bot") {
		t.Errorf("logged %q", lines.String())
	}
}

//go:build interop

package interop_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// pushService is the far side of a browser's push client: it gives out endpoints, takes messages for
// them over HTTP (RFC 8030) and hands them, still encrypted, to the browser over a websocket, in the
// JSON dialect that Firefox speaks with its own service.
type pushService struct {
	t         *testing.T
	base      string // of the endpoints: "http://127.0.0.1:1234"
	acks      chan ack
	connected chan struct{} // closed when the browser said hello

	mu      sync.Mutex
	conn    *websocket.Conn
	version int
	hello   sync.Once
}

// ack is what the browser made of a message.
type ack struct {
	ChannelID string `json:"channelID"`
	Version   string `json:"version"`
	Code      int    `json:"code"`
}

// decrypted is the code of an ack: the browser decrypted the message and gave it to its worker.
const decrypted = 100

// frame is one message of the dialect, in either direction.
type frame struct {
	MessageType string            `json:"messageType"`
	ChannelID   string            `json:"channelID,omitempty"`
	UAID        string            `json:"uaid,omitempty"`
	Status      int               `json:"status,omitempty"`
	WebPush     bool              `json:"use_webpush,omitempty"` // messages carry data
	Endpoint    string            `json:"pushEndpoint,omitempty"`
	Version     string            `json:"version,omitempty"`
	Data        string            `json:"data,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Updates     []ack             `json:"updates,omitempty"`
}

// browser serves the websocket of the one browser.
func (s *pushService) browser(w http.ResponseWriter, r *http.Request) {
	upgrade := websocket.Upgrader{
		Subprotocols: []string{"push-notification"},
		CheckOrigin:  func(*http.Request) bool { return true },
	}
	conn, err := upgrade.Upgrade(w, r, nil)
	if err != nil {
		s.t.Errorf("push service: %v", err)
		return
	}
	defer conn.Close()
	s.mu.Lock()
	s.conn = conn
	s.mu.Unlock()
	for {
		var in frame
		if err := conn.ReadJSON(&in); err != nil {
			return // the browser left
		}
		s.hear(in)
	}
}

func (s *pushService) hear(in frame) {
	switch in.MessageType {
	case "hello":
		defer s.hello.Do(func() { close(s.connected) })
		s.say(frame{MessageType: "hello", Status: http.StatusOK, WebPush: true, UAID: "6d4f2d1c0b5a4e3f8a7b6c5d4e3f2a1b"})
	case "register":
		s.say(frame{
			MessageType: "register", Status: http.StatusOK, ChannelID: in.ChannelID,
			Endpoint: s.base + "/push/" + in.ChannelID,
		})
	case "unregister":
		s.say(frame{MessageType: "unregister", Status: http.StatusOK, ChannelID: in.ChannelID})
	case "ping", "":
		s.say(frame{MessageType: "ping"})
	case "ack":
		for _, a := range in.Updates {
			s.acks <- a
		}
	}
}

func (s *pushService) say(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		s.t.Errorf("push service: %s before the browser connected", f.MessageType)
		return
	}
	if err := s.conn.WriteJSON(f); err != nil {
		s.t.Errorf("push service: writing %s: %v", f.MessageType, err)
	}
}

// take serves the endpoints.
func (s *pushService) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4097))
	if err != nil || len(body) > 4096 {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	s.mu.Lock()
	s.version++
	version := fmt.Sprint(s.version)
	s.mu.Unlock()
	s.say(frame{
		MessageType: "notification",
		ChannelID:   strings.TrimPrefix(r.URL.Path, "/push/"),
		Version:     version,
		Data:        base64.RawURLEncoding.EncodeToString(body),
		Headers:     map[string]string{"encoding": r.Header.Get("Content-Encoding")},
	})
	w.Header().Set("Location", s.base+"/message/"+version)
	w.WriteHeader(http.StatusCreated)
}

package push_test

import (
	"strings"
	"testing"

	"callbox/channels"
	"callbox/channels/push"
)

const (
	// The browser's keys of RFC 8291 section 5.
	p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
	auth   = "BTBZMqHH6r4Tts7J_aSIgg"
)

func strict(t testing.TB) *push.Channel {
	t.Helper()
	ch, err := push.New(push.Config{PublicKey: keys.public, PrivateKey: keys.private, Subject: "ops@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func at(endpoint string) string {
	return `{"endpoint":"` + endpoint + `","expirationTime":null,"keys":{"p256dh":"` + p256dh + `","auth":"` + auth + `"}}`
}

func TestOnlyTrustedPushServicesAreAccepted(t *testing.T) {
	tests := []struct {
		endpoint, host string // host is empty where it is refused
	}{
		{"https://fcm.googleapis.com/fcm/send/abc", "fcm.googleapis.com"},
		{"https://FCM.googleapis.com:443/fcm/send/abc", "fcm.googleapis.com"},
		{"https://updates.push.services.mozilla.com/wpush/v2/abc", "push.services.mozilla.com"},
		{"https://web.push.apple.com/abc", "push.apple.com"},
		{"https://wns2-by3p.notify.windows.com/w/?token=abc", "notify.windows.com"},

		{"http://fcm.googleapis.com/fcm/send/abc", ""},
		{"https://fcm.googleapis.com:8443/abc", ""},
		{"https://me@fcm.googleapis.com/abc", ""},
		{"https://fcm.googleapis.com@169.254.169.254/abc", ""},
		{"https://169.254.169.254/fcm.googleapis.com/abc", ""},
		{"https://127.0.0.1:8080/a.push.apple.com/x", ""},
		{"https://evilfcm.googleapis.com/abc", ""},
		{"https://xpush.apple.com/abc", ""},
		{"https://push.apple.com.example.org/abc", ""},
		{"https://example.org/#fcm.googleapis.com", ""},
		{"https:///abc", ""},
		{"abc", ""},
	}
	ch := strict(t)
	for _, tt := range tests {
		host, err := ch.Host(at(tt.endpoint))
		if host != tt.host || (err == nil) != (tt.host != "") {
			t.Errorf("Host of %s is %q (error: %v), want %q", tt.endpoint, host, err, tt.host)
		}
		if checked := ch.Check(at(tt.endpoint)); (checked == nil) != (err == nil) {
			t.Errorf("Check of %s is %v, Host says %v; want them to agree", tt.endpoint, checked, err)
		}
	}
}

func TestAListOfHostsReplacesTheKnown(t *testing.T) {
	ch, err := push.New(push.Config{
		PublicKey: keys.public, PrivateKey: keys.private, Subject: "ops@example.org", Hosts: []string{"push.example.net"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.Check(at("https://eu.push.example.net/x")); err != nil {
		t.Errorf("a listed host: %v, want it accepted", err)
	}
	if err := ch.Check(at("https://fcm.googleapis.com/x")); err == nil {
		t.Error("a host that is not listed was accepted")
	}
}

func TestAMalformedSubscriptionIsRefusedInWords(t *testing.T) {
	good := at("https://fcm.googleapis.com/fcm/send/s3cr3t")
	tests := []struct{ name, destination, want string }{
		{"nothing", "", "not the JSON"},
		{"no JSON", "hello", "not the JSON"},
		{"more than one", good + good, "not the JSON"},
		{"too long", good + strings.Repeat(" ", 4096), "longer than"},
		{"no endpoint", strings.Replace(good, "endpoint", "ending", 1), "endpoint is missing"},
		{"no p256dh", strings.Replace(good, "p256dh", "p", 1), "p256dh"},
		{"p256dh of other letters", strings.Replace(good, p256dh, "%%%", 1), "p256dh is not base64url"},
		{"p256dh off the curve", strings.Replace(good, p256dh, p256dh[:len(p256dh)-1]+"0", 1), "p256dh is not a point"},
		{"p256dh at infinity", strings.Replace(good, p256dh, "AA", 1), "p256dh is not a point"},
		{"no auth", strings.Replace(good, auth, "", 1), "auth is not 16 bytes"},
		{"a short auth", strings.Replace(good, auth, auth[:20], 1), "auth is not 16 bytes"},
	}
	ch := strict(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := ch.Check(tt.destination)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Check says %v, want words with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows the endpoint: %v", err)
			}
		})
	}
}

func TestPaddedAndPlainBase64AreAccepted(t *testing.T) {
	ch := strict(t)
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(p256dh) + "="
	for _, d := range []string{
		strings.Replace(at("https://fcm.googleapis.com/x"), p256dh, plain, 1),
		strings.Replace(at("https://fcm.googleapis.com/x"), auth, auth+"==", 1),
	} {
		if err := ch.Check(d); err != nil {
			t.Errorf("Check: %v, want it accepted", err)
		}
	}
}

// Whatever a stranger gives as a subscription: no panic, and what is accepted lies at a trusted host.
func FuzzSubscription(f *testing.F) {
	f.Add(at("https://fcm.googleapis.com/fcm/send/abc"))
	f.Add(at("https://web.push.apple.com:443/?a=b#c"))
	f.Add(at("https://fcm.googleapis.com@example.org/"))
	f.Add(at(`https:\/\/fcm.googleapis.com\/x`))
	f.Add(`{"keys":{}}`)
	ch := strict(f)
	f.Fuzz(func(t *testing.T, destination string) {
		host, err := ch.Host(destination)
		if err != nil {
			return
		}
		var s struct{ Endpoint string }
		unmarshal(t, destination, &s)
		u, err := channels.CheckURL(channels.NewClient(), s.Endpoint)
		if err != nil {
			t.Fatalf("accepted at %s: %v", host, err)
		}
		name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
		if name != host && !strings.HasSuffix(name, "."+host) {
			t.Errorf("accepted at %s, but lies at %s", host, name)
		}
	})
}

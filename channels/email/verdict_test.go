package email

import (
	"testing"

	"callbox/channels"
)

// Promise 7: only a status that says so makes an address gone.
func TestEveryRefusalHasItsVerdict(t *testing.T) {
	const relayAtFault, messageAtFault = true, false
	for _, c := range []struct {
		at      stage
		answer  string
		served  bool
		verdict channels.Verdict
		relay   bool
	}{
		{greeting, "421 4.3.2 busy", false, channels.Later, relayAtFault},
		{greeting, "450 slow down", false, channels.Later, relayAtFault},
		{greeting, "554 5.7.1 not you", false, channels.Broken, relayAtFault},
		{hello, "501 5.5.2 bad name", false, channels.Broken, relayAtFault},
		{hello, "451 4.3.0 later", false, channels.Later, relayAtFault},
		{startTLS, "454 4.7.0 TLS not available", false, channels.Later, relayAtFault},
		{startTLS, "502 5.5.1 no", false, channels.Broken, relayAtFault},
		{signIn, "454 4.7.0 temporary", false, channels.Later, relayAtFault},
		{signIn, "535 5.7.8 bad", false, channels.Broken, relayAtFault},
		{signIn, "504 5.5.4 unknown mechanism", false, channels.Broken, relayAtFault},

		{sender, "451 4.3.1 no space", true, channels.Later, relayAtFault},
		{sender, "552 5.3.4 too big", true, channels.Refused, messageAtFault},
		{sender, "550 5.3.4 too big", true, channels.Refused, messageAtFault},
		{sender, "530 5.7.0 sign in", true, channels.Broken, relayAtFault},
		{sender, "550 5.1.8 bad sender", true, channels.Broken, relayAtFault},
		{sender, "554 no", true, channels.Broken, relayAtFault},

		{recipient, "550 5.1.1 no such user", true, channels.Gone, messageAtFault},
		{recipient, "553 5.1.1 no such user", true, channels.Gone, messageAtFault},
		{recipient, "556 5.1.10 null MX", true, channels.Gone, messageAtFault},
		{recipient, "550 no such user", true, channels.Refused, messageAtFault},
		{recipient, "550 5.1.2 no such host", true, channels.Refused, messageAtFault},
		{recipient, "550 5.2.1 disabled", true, channels.Refused, messageAtFault},
		{recipient, "552 5.2.2 full", true, channels.Refused, messageAtFault},
		{recipient, "550 5.7.1 blocked", true, channels.Refused, messageAtFault},
		{recipient, "450 4.1.1 unverified", true, channels.Later, messageAtFault},
		{recipient, "450 5.1.1 a contradiction", true, channels.Later, messageAtFault},
		{recipient, "451 4.7.1 greylisted", true, channels.Later, messageAtFault},
		{recipient, "452 4.2.2 full", true, channels.Later, messageAtFault},
		{recipient, "530 5.7.0 sign in", true, channels.Broken, relayAtFault},
		{recipient, "550 5.7.57 not authenticated", true, channels.Broken, relayAtFault},
		{recipient, "554 5.7.1 Relay access denied", false, channels.Broken, relayAtFault},
		{recipient, "554 5.7.1 Relay access denied", true, channels.Refused, messageAtFault},

		{content, "554 5.5.1 no valid recipients", true, channels.Refused, messageAtFault},
		{content, "451 4.3.0 later", true, channels.Later, messageAtFault},
		{content, "550 5.1.1 not the place to say so", true, channels.Refused, messageAtFault},

		{end, "554 5.7.1 spam", true, channels.Refused, messageAtFault},
		{end, "550 5.1.1 no such user", true, channels.Gone, messageAtFault},
		{end, "552 5.3.4 too big", true, channels.Refused, messageAtFault},
		{end, "451 4.3.0 later", true, channels.Later, messageAtFault},
		{end, "452 4.3.1 no space", true, channels.Later, messageAtFault},
	} {
		code, _, rest, err := splitLine([]byte(c.answer))
		if err != nil {
			t.Fatalf("%q: %v", c.answer, err)
		}
		r := reply{code: code, text: string(rest), status: parseStatus(string(rest), code/100)}
		if got, want := judge(c.at, r, c.served), (ruling{c.verdict, c.relay}); got != want {
			t.Errorf("%q to %v (served: %t) is %v, relay at fault: %t; want %v, %t",
				c.answer, c.at, c.served, got.verdict, got.relay, want.verdict, want.relay)
		}
	}
}

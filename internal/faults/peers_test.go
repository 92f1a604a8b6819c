//go:build faults

package faults

import (
	"slices"
	"time"

	"github.com/emersion/go-smtp"

	"callbox/channels"
	"callbox/channels/discord/discordtest"
	"callbox/channels/email/mailtest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/channels/push/pushtest"
)

// peers are far sides that answer, and not as one would like.
func peers() []fault { return slices.Concat(pushFaults(), mailFaults(), crowdFaults()) }

func pushFaults() (out []fault) {
	always := func(a pushtest.Answer) func(*room) { return func(r *room) { r.far.push.Always(a) } }
	some := func(a pushtest.Answer) func(*room) {
		return func(r *room) {
			for device := range 3 {
				r.far.push.Script(device, a, a)
			}
		}
	}
	calm := always(pushtest.Answer{})
	for _, f := range []fault{
		{name: "asks to wait (429, Retry-After)", set: always(pushtest.Answer{Status: 429, RetryAfter: 2 * time.Second}), lift: calm},
		{name: "asks to wait (429)", set: always(pushtest.Answer{Status: 429}), lift: calm},
		{name: "fails (500)", set: always(pushtest.Answer{Status: 500}), lift: calm},
		{name: "is away (503)", set: always(pushtest.Answer{Status: 503}), lift: calm},
		{name: "denies us (401)", set: always(pushtest.Answer{Status: 401}), lift: calm},
		{name: "denies us (403)", set: always(pushtest.Answer{Status: 403}), lift: calm},
		{name: "breaks off", set: always(pushtest.Answer{Reset: true}), lift: calm},
		{name: "does not know a subscription (404)", set: some(pushtest.Answer{Status: 404}), toll: toll{gone: 3}},
		{name: "says that a subscription is over (410)", set: some(pushtest.Answer{Status: 410}), toll: toll{gone: 3}},
		{name: "finds a push too large (413)", set: some(pushtest.Answer{Status: 413}), toll: toll{refused: 3}},
		{name: "takes a second for each", set: always(pushtest.Answer{Wait: time.Second}), silent: true},
	} {
		f.name, f.channel, f.repeats = "push "+f.name, channels.Push, 20*people
		out = append(out, f)
	}
	return out
}

func mailFaults() (out []fault) {
	status := smtp.NoEnhancedCode
	all := func(a mailtest.Answer) func(*room) { // for everybody, until it is lifted
		return func(r *room) {
			a.Until = time.Now().Add(time.Hour)
			for _, to := range append(slices.Clone(r.mails), "r12@example.org") {
				r.far.mail.For(to, a)
			}
		}
	}
	calm := func(r *room) {
		for _, to := range r.mails {
			r.far.mail.For(to, mailtest.Accept)
		}
	}
	some := func(a mailtest.Answer) func(*room) {
		return func(r *room) {
			for _, to := range r.mails[:3] {
				r.far.mail.For(to, a)
			}
		}
	}
	greet := func(a mailtest.Answer) func(*room) { return func(r *room) { r.far.mail.GreetAll(a) } }
	twoRelays := func(first string) func(*room) { return func(r *room) { r.relays = first + r.relays } }
	for _, f := range []fault{
		{name: "asks at RCPT to come later (451)", set: all(mailtest.Answer{Code: 451, Status: smtp.EnhancedCode{4, 3, 0}}), lift: calm},
		{name: "asks after the mail to come later (452)", set: all(mailtest.Answer{At: mailtest.End, Code: 452, Status: smtp.EnhancedCode{4, 3, 1}}), lift: calm},
		{name: "asks at MAIL to come later (451)", set: func(r *room) {
			r.far.mail.Next(slices.Repeat([]mailtest.Answer{{At: mailtest.MailFrom, Code: 451, Status: smtp.EnhancedCode{4, 3, 0}}}, 3)...)
		}},
		{name: "denies us at MAIL for a while (550)", set: func(r *room) {
			r.far.mail.Next(slices.Repeat([]mailtest.Answer{{At: mailtest.MailFrom, Code: 550, Status: smtp.EnhancedCode{5, 7, 1}}}, 100)...)
		}, lift: func(r *room) { r.far.mail.Forget() }},
		{name: "closes at every greeting (421)", set: greet(mailtest.Closing()), lift: greet(mailtest.Accept)},
		{name: "denies us at every greeting (554)", set: greet(mailtest.Answer{Code: 554, Status: status}), lift: greet(mailtest.Accept)},
		{name: "has no such mailbox (550 5.1.1)", set: some(mailtest.NoSuchUser()), toll: toll{gone: 3}},
		{name: "refuses without saying that it is gone (550)", set: some(mailtest.Answer{Code: 550, Status: status}), toll: toll{refused: 3}},
		{name: "refuses the mail (554)", set: some(mailtest.Answer{At: mailtest.End, Code: 554, Status: smtp.EnhancedCode{5, 6, 0}}), toll: toll{refused: 3}},
		{name: "finds the mail too big (552)", set: some(mailtest.Answer{At: mailtest.End, Code: 552, Status: smtp.EnhancedCode{5, 3, 4}}), toll: toll{refused: 3}},
		{name: "takes a mail and hangs up", set: func(r *room) {
			r.far.mail.Next(slices.Repeat([]mailtest.Answer{{At: mailtest.End, Drop: true}}, 6)...)
		}},
		{name: "says nothing to some", set: func(r *room) { r.far.mail.For(r.mails[0], mailtest.Answer{Silent: true}, mailtest.Accept) }},
		{name: "greylists everybody for 8 s", set: func(r *room) {
			for _, to := range append(slices.Clone(r.mails), "r12@example.org") {
				r.far.mail.For(to, mailtest.Greylisted(time.Now().Add(8*time.Second)), mailtest.Accept)
			}
		}},
		{name: "has a name that DNS does not know, and a second takes over", silent: true,
			set: twoRelays("[[email.relay]]\nhost = \"localhost\"\nport = 1\ntls = \"insecure\"\n")},
		{name: "shows a certificate of somebody else, and a second takes over", silent: true, set: func(r *room) {
			s, err := mailtest.Start(mailtest.Options{Security: mailtest.TLS})
			r.ok(err)
			r.Cleanup(func() { _ = s.Close() })
			r.relays = "[[email.relay]]\nhost = \"127.0.0.1\"\nport = " + s.Addr()[len("127.0.0.1:"):] + "\ntls = \"tls\"\n" + r.relays
		}},
	} {
		f.name, f.channel, f.repeats = "mail relay "+f.name, channels.Email, 20*people
		out = append(out, f)
	}
	return out
}

func crowdFaults() (out []fault) {
	posts := func(n int, a discordtest.Answer) func(*room) {
		return func(r *room) { r.far.discord.Next(r.hook, slices.Repeat([]discordtest.Answer{a}, n)...) }
	}
	statuses := func(n int, a mastodontest.Answer) func(*room) {
		return func(r *room) { r.far.mastodon.Next(slices.Repeat([]mastodontest.Answer{a}, n)...) }
	}
	gone := toll{gone: 1}
	out = []fault{
		{name: "discord asks to wait (429)", channel: channels.Discord, set: posts(2, discordtest.Busy(2*time.Second))},
		{name: "discord fails (500)", channel: channels.Discord, set: posts(1, discordtest.Failure), uncertain: true},
		{name: "discord is away (503)", channel: channels.Discord, set: posts(1, discordtest.Unavailable), uncertain: true},
		{name: "discord posts and says 502", channel: channels.Discord, uncertain: true,
			set: posts(1, discordtest.Answer{Status: 502, Body: "<html>", Posts: true})},
		{name: "discord does not know the webhook (404)", channel: channels.Discord, set: func(r *room) { r.far.discord.Delete(r.hook) }, toll: gone},
		{name: "discord asks to wait and does not say how long (429)", channel: channels.Discord, set: posts(1, discordtest.Answer{Status: 429})},
		{name: "discord is behind a wall for a while (403)", channel: channels.Discord, set: posts(1, discordtest.Blocked)},
		{name: "discord finds a post too large (413)", channel: channels.Discord, set: posts(1, discordtest.Answer{Status: 413}), toll: toll{refused: 1}},
		{name: "mastodon asks to wait (429)", channel: channels.Mastodon, set: statuses(2, mastodontest.Busy(2*time.Second))},
		{name: "mastodon fails (500)", channel: channels.Mastodon, set: statuses(2, mastodontest.Failure)},
		{name: "mastodon is away (503)", channel: channels.Mastodon, set: statuses(2, mastodontest.Unavailable)},
		{name: "mastodon posts and the answer is lost", channel: channels.Mastodon,
			set: statuses(1, mastodontest.Answer{Posts: true, Break: mastodontest.Reset})},
		{name: "mastodon denies us for a while (403)", channel: channels.Mastodon, set: statuses(1, mastodontest.Answer{Status: 403})},
		{name: "mastodon says that the account is gone (410)", channel: channels.Mastodon, set: statuses(1, mastodontest.Answer{Status: 410}), toll: gone},
		{name: "mastodon does not accept a status (422)", channel: channels.Mastodon, set: statuses(1, mastodontest.Answer{Status: 422}), toll: toll{refused: 1}},
		{name: "mastodon denies us for a while (401)", channel: channels.Mastodon, set: statuses(1, mastodontest.InvalidToken)},
	}
	return out
}

package email_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
)

// far is a mail server for the kit.
type far struct{ *mailtest.Server }

func (far) To() string { return resident }

func (far) Secrets() []string {
	return []string{resident, "j.morales", "k7Qm2xT9", "sixteen bytes"}
}

var smtpAnswers = map[channeltest.Answer]mailtest.Answer{
	channeltest.Busy:      mailtest.Greylisted(channeltest.Now.AddDate(100, 0, 0)),
	channeltest.Down:      mailtest.Closing(),
	channeltest.Reject:    {At: mailtest.End, Code: 554, Status: smtp.EnhancedCode{5, 6, 0}, Text: "Not for <" + resident + ">"},
	channeltest.TooLarge:  {At: mailtest.End, Code: 552, Status: smtp.EnhancedCode{5, 3, 4}, Text: "Too big"},
	channeltest.Forbidden: {At: mailtest.MailFrom, Code: 535, Status: smtp.EnhancedCode{5, 7, 8}, Text: "Bad credentials"},
	channeltest.Unknown:   {At: mailtest.MailFrom, Code: 530, Status: smtp.EnhancedCode{5, 7, 0}, Text: "Sign in first"},
	channeltest.Missing:   {Code: 550, Status: smtp.EnhancedCode{5, 1, 1}, Text: "<" + resident + ">: J.Morales is unknown"},
	channeltest.Over:      {Code: 556, Status: smtp.EnhancedCode{5, 1, 10}, Text: "example.net takes no mail"},
	channeltest.Reset:     {Drop: true},
	channeltest.Cut:       {At: mailtest.End, Drop: true},
	channeltest.Silent:    {Silent: true},
	channeltest.Stall:     {At: mailtest.End, Silent: true},
}

func (f far) Next(answers ...channeltest.Answer) {
	for _, a := range answers {
		f.Server.Next(smtpAnswers[a])
	}
}

func (f far) Received() []channeltest.Received {
	var out []channeltest.Received
	for _, m := range f.Mails() {
		r := channeltest.Received{Key: m.MessageID, Wire: m.Data}
		if p, err := parse(m.Data); err == nil {
			r.Screen = screen(p)
		}
		out = append(out, r)
	}
	return out
}

var tag = regexp.MustCompile(`<[^>]*>`)

// screen is what a reader sees: the subject, and each language's text, plain and formatted.
func screen(p parsed) []string {
	out := []string{p.subject}
	out = append(out, strings.Split(p.plain, "\n----------------------------------------\n\n")...)
	_, body, _ := strings.Cut(p.html, "<body")
	for _, part := range strings.Split("<body"+body, "<hr>") {
		out = append(out, tag.ReplaceAllString(part, ""))
	}
	return out
}

// The promises 3, 5, 7, 12 and 15, as every channel keeps them.
func TestTheChannelKeepsThePromisesOfAllChannels(t *testing.T) {
	from := email.Sender{Address: "alerts@alerts.example.gov", Host: "alerts.example.gov"}
	channeltest.Run(t, channeltest.Case{
		New: func(t *testing.T) (channels.Channel, channeltest.Far) {
			s := serve(t, mailtest.Options{Keep: true})
			return open(t, settings(relayTo(s, email.Insecure))), far{s}
		},
		Compose: func(m channels.Message) ([][]byte, error) {
			b, err := email.Compose(m, from)
			return [][]byte{b}, err
		},
		Outcomes: map[channeltest.Answer]channeltest.Outcome{
			channeltest.Busy:      channeltest.Later,
			channeltest.Down:      channeltest.Later,
			channeltest.Reject:    channeltest.Refused,
			channeltest.TooLarge:  channeltest.Refused,
			channeltest.Forbidden: channeltest.Broken,
			channeltest.Unknown:   channeltest.Broken,
			channeltest.Missing:   channeltest.Gone,
			channeltest.Over:      channeltest.Gone,
			channeltest.Reset:     channeltest.Later,
			channeltest.Cut:       channeltest.Later, // the answer was lost: again, under the same Message-ID
			channeltest.Silent:    channeltest.Later,
			channeltest.Stall:     channeltest.Later, // the same
		},
	})
}

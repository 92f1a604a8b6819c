package email

import (
	"strings"

	"callbox/channels"
)

// stage is how far a dialogue had come when an answer was given.
type stage int8

const (
	greeting  stage = iota // the first word of the server
	hello                  // EHLO
	startTLS               // STARTTLS and the handshake
	signIn                 // AUTH
	sender                 // MAIL
	recipient              // RCPT
	content                // DATA, before the mail was sent
	end                    // after the final dot
)

var stageNames = [...]string{"the greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "the end of the mail"}

func (s stage) String() string { return stageNames[s] }

// ruling is what a refusal means: for the message, and whether the relay itself is at fault, so that
// another relay should be asked.
type ruling struct {
	verdict channels.Verdict
	relay   bool
}

// judge rules on a negative answer. served tells that the relay took a recipient before.
//
//	stage             answer                          ruling
//	before MAIL       4yz                             Later, ask the next relay
//	before MAIL       5yz                             Broken, ask the next relay: it would refuse everybody
//	any               530, 534, 535, 538, 5.7.x of    Broken, ask the next relay: RFC 4954 section 6; these are
//	                  the sign-in                     about us, never about a recipient
//	MAIL              4yz                             Later, ask the next relay: it is short of something
//	MAIL              552, 5.2.3, 5.3.4               Refused: the mail is too big (RFC 1870 section 6)
//	MAIL              other 5yz                       Broken, ask the next relay: our return path is at fault
//	RCPT              "relay" denied, never served    Broken, ask the next relay: it does not know us
//	RCPT, end         5yz 5.1.1, 5.1.10               Gone (RFC 3463 section 3.2, RFC 7505 section 4)
//	RCPT, DATA, end   4yz                             Later: greylisting and full mailboxes (RFC 6647)
//	RCPT, DATA, end   other 5yz                       Refused
//	any               421                             the connection ends (RFC 5321 section 3.8): see worker
//
// A 550 without an enhanced status is Refused: only 5.1.1 says that there is no such mailbox.
func judge(at stage, r reply, served bool) ruling {
	if r.code/100 != 5 {
		return ruling{channels.Later, at <= sender}
	}
	switch {
	case at < sender || aboutSignIn(r):
		return ruling{channels.Broken, true}
	case r.code == 552 && at == sender, r.status == status{5, 2, 3}, r.status == status{5, 3, 4}:
		return ruling{channels.Refused, false}
	case at == sender, at == recipient && !served && relayDenied(r):
		return ruling{channels.Broken, true}
	case at != content && (r.status == status{5, 1, 1} || r.status == status{5, 1, 10}):
		return ruling{channels.Gone, false}
	}
	return ruling{channels.Refused, false}
}

// aboutSignIn tells the answers that ask for another sign-in or for encryption: RFC 4954 section 6, and
// 5.7.57 of Exchange ("client was not authenticated").
func aboutSignIn(r reply) bool {
	switch r.code {
	case 530, 534, 535, 538:
		return true
	}
	if r.status.subject != 7 {
		return false
	}
	switch r.status.detail {
	case 3, 8, 9, 10, 11, 57:
		return true
	}
	return false
}

// relayDenied tells that a server takes mail for its own domains only. RFC 3463 has no code for it but
// 5.7.1, which stands for every other policy too, so the words decide.
func relayDenied(r reply) bool {
	return r.status.subject == 7 && strings.Contains(strings.ToLower(r.text), "relay")
}

// remedy says what a person can mend after a ruling of Broken.
func remedy(at stage, r reply, cfg Relay) string {
	switch {
	case at == signIn:
		return "mend its user or password"
	case aboutSignIn(r) && cfg.User == "":
		return "it asks for a sign-in: set its user and password"
	case aboutSignIn(r):
		return "it does not accept this sign-in: mend its user or password"
	case at == greeting:
		return "it does not take mail from this machine: ask its operator to admit it"
	case at == hello:
		return "mend helo, the name this machine gives itself"
	case at == startTLS:
		return "ask its operator why STARTTLS fails"
	case at == sender:
		return "mend return_path or from, or ask its operator to accept them"
	}
	return "it does not carry mail for others: set its user and password, or ask its operator to admit this machine"
}

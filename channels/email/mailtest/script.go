package mailtest

import (
	"time"

	"github.com/emersion/go-smtp"
)

// Stage is the command that an answer is given to.
type Stage int8

// The stages of a mail. The server answers to the end of a mail, never to DATA itself.
const (
	Rcpt Stage = iota
	MailFrom
	End
)

// Answer is what the server does with a mail instead of taking it. Its zero value takes the mail.
type Answer struct {
	At     Stage
	Code   int // such as 550; 0 accepts
	Status smtp.EnhancedCode
	Text   string

	Until  time.Time     // with a time, the answer holds before it and is forgotten then
	Delay  time.Duration // before the answer
	Drop   bool          // hang up instead of answering; at End, after the mail was taken
	Silent bool          // never answer
}

// Accept takes the mail.
var Accept = Answer{}

// NoSuchUser says that the address does not exist.
func NoSuchUser() Answer {
	return Answer{Code: 550, Status: smtp.EnhancedCode{5, 1, 1}, Text: "No such user here"}
}

// Greylisted asks to come again, until a time; the zero time means once.
func Greylisted(until time.Time) Answer {
	return Answer{Code: 451, Status: smtp.EnhancedCode{4, 7, 1}, Text: "Greylisted, come again later", Until: until}
}

// Closing says that the server is closing the connection, and does.
func Closing() Answer {
	return Answer{Code: 421, Status: smtp.EnhancedCode{4, 3, 2}, Text: "Closing", Drop: true}
}

// Next queues answers for the coming mails, one each, whoever they are for.
func (s *Server) Next(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, answers...)
}

// Forget drops the answers that Next queued and nobody got.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = nil
}

// For scripts the answers to the mails for one address, one each; the last one stays. An answer to
// MailFrom cannot be given here: the address is not known then.
func (s *Server) For(address string, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byTo[address] = answers
}

// Greet queues answers to the EHLO of the coming connections, one each.
func (s *Server) Greet(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greets = append(s.greets, answers...)
}

// GreetAll gives one answer to the EHLO of every connection from now on; Accept ends that.
func (s *Server) GreetAll(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeting = a
}

// nextGreet returns what Greet queued, else the answer of GreetAll.
func (s *Server) nextGreet() Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return pop(&s.greets, s.greeting)
}

func (s *Server) nextMail() Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return pop(&s.next, Accept)
}

// answerFor returns the scripted answer for an address; its script outlasts that of Next.
func (s *Server) answerFor(address string) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.byTo[address]
	for len(queue) > 0 && !queue[0].Until.IsZero() && !s.opts.Now().Before(queue[0].Until) {
		queue = queue[1:]
	}
	s.byTo[address] = queue
	if len(queue) == 0 {
		return Accept
	}
	a := queue[0]
	if len(queue) > 1 && a.Until.IsZero() {
		s.byTo[address] = queue[1:]
	}
	return a
}

func pop(queue *[]Answer, last Answer) Answer {
	if len(*queue) == 0 {
		return last
	}
	a := (*queue)[0]
	*queue = (*queue)[1:]
	return a
}

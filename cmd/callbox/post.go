package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"callbox/channels/email"
	"callbox/internal/desk"
	"callbox/templates"
)

// post returns what carries the desk's own mails, or nil where no mail is configured.
func (p *program) post() desk.Post {
	if p.mail == nil {
		return nil
	}
	return post{p.mail, p.cfg.PublicURL}
}

// post writes letters through the e-mail channel.
type post struct {
	mail *email.Channel
	base string // public URL
}

// postWithin is how long a resident who presses the button waits for a relay.
const postWithin = 15 * time.Second

// Confirm implements [desk.Post].
func (p post) Confirm(ctx context.Context, c desk.Confirmation) error {
	words, ok := letters[c.Lang]
	if !ok {
		words = letters["en"]
		c.Lang = "en"
	}
	zips := make([]string, len(c.ZIPs))
	for i, z := range c.ZIPs {
		zips[i] = string(z)
	}
	w, path := words.confirm, "/confirm/"
	if c.Known {
		w, path = words.known, "/leave/"
	}
	l := email.Letter{To: c.To.Reveal(), Lang: string(c.Lang), Subject: w.subject, Action: w.action, Link: p.base + path + c.Token + "?lang=" + string(c.Lang)}
	for _, s := range w.paragraphs {
		l.Paragraphs = append(l.Paragraphs, strings.ReplaceAll(s, "{zips}", strings.Join(zips, ", ")))
	}
	ctx, stop := context.WithTimeout(ctx, postWithin)
	defer stop()
	if err := p.mail.Write(ctx, l); err != nil {
		return fmt.Errorf("confirmation mail: %w", err)
	}
	return nil
}

// letter is the wording of one kind of letter in one language; {zips} stands for the ZIP codes.
type letter struct {
	subject, action string
	paragraphs      []string
}

// letters are all wordings, by language. Each language has both kinds.
var letters = map[templates.Lang]struct{ confirm, known letter }{
	"en": {
		confirm: letter{
			subject: "Confirm: 911 outage alerts by e-mail",
			action:  "Read and confirm",
			paragraphs: []string{
				"Somebody, probably you, asked for an e-mail to this address whenever 911 does not work in: {zips}.",
				"To get these alerts, open the page below within 24 hours and press the button.",
				"If it was not you, do nothing. You will not hear from us again.",
			},
		},
		known: letter{
			subject: "You already get 911 outage alerts",
			action:  "Stop these alerts",
			paragraphs: []string{
				"Somebody, probably you, asked for 911 outage alerts at this address. It is on the list already, and nothing was changed.",
				"If you no longer want the alerts, open the page below and press the button.",
			},
		},
	},
	"es": {
		confirm: letter{
			subject: "Confirme: avisos de fallas del 911 por correo",
			action:  "Leer y confirmar",
			paragraphs: []string{
				"Alguien, probablemente usted, pidió recibir un correo en esta dirección cuando el 911 no funcione en: {zips}.",
				"Para recibir estos avisos, abra la página de abajo antes de 24 horas y oprima el botón.",
				"Si no fue usted, no haga nada. No le volveremos a escribir.",
			},
		},
		known: letter{
			subject: "Usted ya recibe los avisos de fallas del 911",
			action:  "Dejar de recibir estos avisos",
			paragraphs: []string{
				"Alguien, probablemente usted, pidió avisos de fallas del 911 en esta dirección. Ya está en la lista, y nada ha cambiado.",
				"Si ya no quiere recibir los avisos, abra la página de abajo y oprima el botón.",
			},
		},
	},
}

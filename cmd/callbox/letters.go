package main

import (
	"strings"

	"callbox/internal/desk"
	"callbox/templates"
)

// letter is the wording of one kind of letter in one language; {zips} stands for the ZIP codes.
type letter struct {
	subject, action string
	paragraphs      []string
}

// with fills in the ZIP codes of a letter.
func (w letter) with(l desk.Letter) letter {
	zips := make([]string, len(l.ZIPs))
	for i, z := range l.ZIPs {
		zips[i] = string(z)
	}
	filled := make([]string, len(w.paragraphs))
	for i, s := range w.paragraphs {
		filled[i] = strings.ReplaceAll(s, "{zips}", strings.Join(zips, ", "))
	}
	w.paragraphs = filled
	return w
}

// letters are all wordings. Each language has every kind. Those of tests begin with the word that every
// test begins with, each paragraph that can stand by itself included.
var letters = map[templates.Lang]map[desk.LetterKind]letter{
	"en": {
		desk.ConfirmLetter: {
			subject: "Confirm: 911 outage alerts by e-mail",
			action:  "Read and confirm",
			paragraphs: []string{
				"Somebody, probably you, asked for an e-mail to this address whenever 911 does not work in: {zips}.",
				"To get these alerts, open the page below within 24 hours and press the button.",
				"If it was not you, do nothing. You will not hear from us again.",
			},
		},
		desk.KnownLetter: {
			subject: "You already get 911 outage alerts",
			action:  "Change, pause or stop these alerts",
			paragraphs: []string{
				"Somebody, probably you, asked for 911 outage alerts at this address. It is on the list already, and nothing was changed.",
				"To change the places, or to pause or stop the alerts, open the page below within one hour and press the button.",
				"If it was not you, do nothing.",
			},
		},
		desk.ManageLetter: {
			subject: "Your 911 outage alerts",
			action:  "Change, pause or stop these alerts",
			paragraphs: []string{
				"Somebody, probably you, asked for a link to change the alerts at this address.",
				"Open the page below within one hour and press the button.",
				"If it was not you, do nothing.",
			},
		},
		desk.DeviceLetter: {
			subject: "A device of yours gets no 911 outage alerts any more",
			action:  "See your devices",
			paragraphs: []string{
				"A phone or computer on which you turned on 911 outage alerts can no longer be reached. You still get them at this address.",
				"To turn them on again, open the page below on that device within 24 hours and press the button. If you do not use it any more, do nothing.",
			},
		},
		desk.TestLetter: {
			subject: "TEST: your 911 outage alerts arrive",
			action:  "Change, pause or stop these alerts",
			paragraphs: []string{
				"TEST: this is only a test that you asked for. 911 is not affected. A true alert looks like this and has the numbers to call.",
			},
		},
	},
	"es": {
		desk.ConfirmLetter: {
			subject: "Confirme: avisos de fallas del 911 por correo",
			action:  "Leer y confirmar",
			paragraphs: []string{
				"Alguien, probablemente usted, pidió recibir un correo en esta dirección cuando el 911 no funcione en: {zips}.",
				"Para recibir estos avisos, abra la página de abajo en las próximas 24 horas y oprima el botón.",
				"Si no fue usted, no haga nada. No le volveremos a escribir.",
			},
		},
		desk.KnownLetter: {
			subject: "Usted ya recibe los avisos de fallas del 911",
			action:  "Cambiar, pausar o cancelar los avisos",
			paragraphs: []string{
				"Alguien, probablemente usted, pidió avisos de fallas del 911 en esta dirección. Ya está en la lista, y nada ha cambiado.",
				"Para cambiar los lugares, o para pausar o cancelar los avisos, abra la página de abajo durante la próxima hora y oprima el botón.",
				"Si no fue usted, no haga nada.",
			},
		},
		desk.ManageLetter: {
			subject: "Sus avisos de fallas del 911",
			action:  "Cambiar, pausar o cancelar los avisos",
			paragraphs: []string{
				"Alguien, probablemente usted, pidió un enlace para cambiar los avisos en esta dirección.",
				"Abra la página de abajo durante la próxima hora y oprima el botón.",
				"Si no fue usted, no haga nada.",
			},
		},
		desk.DeviceLetter: {
			subject: "Uno de sus dispositivos ya no recibe los avisos de fallas del 911",
			action:  "Ver sus dispositivos",
			paragraphs: []string{
				"Ya no podemos llegar a un teléfono o una computadora donde usted activó los avisos de fallas del 911. Los sigue recibiendo en esta dirección.",
				"Para activarlos de nuevo, abra la página de abajo en ese dispositivo en las próximas 24 horas y oprima el botón. Si ya no lo usa, no haga nada.",
			},
		},
		desk.TestLetter: {
			subject: "PRUEBA: sus avisos de fallas del 911 llegan",
			action:  "Cambiar, pausar o cancelar los avisos",
			paragraphs: []string{
				"PRUEBA: esto es solo una prueba que usted pidió. El 911 no está afectado. Un aviso real se ve así y trae los números para llamar.",
			},
		},
	},
}

// Package declare is the screens on which an official declares an outage: what fails, where, what people
// there can do, a preview of every word, and the wait for a second person.
//
// There is no form beside the draft: every screen reads the declaration of the draft and writes it back.
package declare

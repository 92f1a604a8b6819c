// Package lifecycle checks the life of an outage against a model: random histories of what officials do,
// several at once, on the real desk and the real database, beside a small pure model of what was promised.
//
// It has tests only. A history that breaks a promise is made shorter before it is shown; -rapid.checks and
// -rapid.steps ask for more of them.
package lifecycle

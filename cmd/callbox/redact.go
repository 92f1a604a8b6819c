package main

import "regexp"

// valueOfSecret finds the values of lines of a configuration that may hold a secret by mistake.
var valueOfSecret = regexp.MustCompile(`(?im)^(.*(?:pass|key|secret|token)[^=\n]*=).*$`)

// withoutSecrets blots out values in what is quoted of a configuration.
func withoutSecrets(quoted string) string { return valueOfSecret.ReplaceAllString(quoted, "$1 …") }

// Package interop sends bulletins to real peers: servers, browsers and tools that other people wrote.
//
// It holds tests only, behind the build tag interop, and each test starts its peer by itself, on
// loopback, and stops it again. Stand-ins find what we thought of; these find what we did not.
// `make interop` installs the peers and runs the tests.
//
//	push      Firefox, and the npm package web-push-testing
//	email     Postfix and its smtp-sink, and Python's aiosmtpd and e-mail library
//	mastodon  GoToSocial
//
// The feed's peers, xmllint and xmlsec1, are asked in its own package.
package interop

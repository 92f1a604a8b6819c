package email

import (
	"encoding/base64"
	"fmt"

	"github.com/emersion/go-sasl"
)

// maxChallenges bounds the steps of a sign-in; PLAIN takes none, LOGIN one.
const maxChallenges = 4

// authenticate speaks AUTH with an initial response (RFC 4954 section 4).
func (c *conn) authenticate(client sasl.Client) (reply, error) {
	mechanism, response, err := client.Start()
	if err != nil {
		return reply{}, fmt.Errorf("starting %s: %w", mechanism, err)
	}
	r, err := c.command("AUTH " + mechanism + " " + encode64(response))
	if err != nil {
		return r, err
	}
	for range maxChallenges {
		if r.code != 334 {
			break
		}
		challenge, err := base64.StdEncoding.DecodeString(r.text)
		if err != nil {
			return reply{}, fmt.Errorf("the challenge is not base64: %w", err)
		}
		response, err = client.Next(challenge)
		if err != nil {
			return reply{}, fmt.Errorf("answering the challenge: %w", err)
		}
		if r, err = c.command(encode64(response)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// encode64 writes "=" for an empty response (RFC 4954 section 4).
func encode64(response []byte) string {
	if len(response) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(response)
}

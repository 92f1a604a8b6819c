package pages

import (
	"net/http"

	"callbox/internal/web/network"
)

// network names where a request comes from.
func (p *Pages) network(r *http.Request) string { return network.Of(r, p.Proxies) }

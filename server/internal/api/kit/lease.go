package kit

import (
	"fmt"
	"time"

	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

// MemoryLimits say so in docs/limits.md.
var MemoryLimits = []mango.Limit{
	{Of: "memory of all requests: bodies, fields, what parsing makes of them, large answers until they are read", Bound: "`UPLOAD_MEMORY`; beside it what one largest body still needs", Then: fmt.Sprintf("those who ask wait %g times `PATIENCE`, then 503 with `Retry-After`; clients with few requests are served first, then those who will soon be done; who holds most without progress has to go first, with 503", memoryPatience)},
	{Of: "of it, one client (address, IPv6 /48, account) while another holds or waits", Bound: fmt.Sprintf("1/%d", budget.ClientShare), Then: "it waits; after a second of another's waiting the newest of its bodies has to go; after half a second, and whatever it holds, where it has twice as many bodies and they wait themselves, and one that will not be done in 20 s"},
	{Of: "of it, kept free of bodies that have not begun", Bound: fmt.Sprintf("1/%d; of it 1/%d for clients that hold less than 1/%d, and half of that for those of them with at most %d requests", budget.NewcomerShare, budget.LightReserve, budget.LightShare, budget.Few), Then: "they wait"},
	{Of: "slowest sender", Bound: fmt.Sprintf("%d KB a second over the last `STALL_TIMEOUT`, `UPLOAD_TIMEOUT` in all", minRate>>10), Then: "408; while others wait for memory, 503 for whoever at its rate of the last 2 s would need a minute for what it holds"},
	{Of: "slowest reader of an answer", Bound: WriteTimeout.String() + " for an answer, or for each 32 KB of an export", Then: "the connection ends"},
}

// borrow is what a request holds of the server's memory, charged to its address
// and, where one is known, to its account. GiveBack ends it.
func (c *Call) borrow() *budget.Lease {
	if c.lease == nil {
		conn := c.ctx.Conn()
		c.lease = c.kit.memory.Lease(func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) }, c.clientKeys()...) // a connection that is gone reads nothing either
	}
	return c.lease
}

// clientKeys are the names that a request's memory is charged to.
func (c *Call) clientKeys() []string {
	clients := []string{c.AddressKey()}
	if by := c.Actor(); by.Known() {
		clients = append(clients, UserKey(by.User))
	}
	return clients
}

// GiveBack ends what the request holds of the server's memory, and its place in the
// line.
func (c *Call) GiveBack() {
	c.place.Leave(c.served)
	if c.lease != nil {
		c.lease.Close()
	}
}

package mailbox

import (
	"context"
	"net"
)

// WorkOnce works on a folder over one connection, once.
func WorkOnce(ctx context.Context, o FolderOptions, conn net.Conn) {
	f := NewFolder(o)
	_ = f.over(ctx, conn, func(c *connection) error { return f.round(ctx, c) })
}

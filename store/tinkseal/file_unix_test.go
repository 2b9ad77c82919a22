//go:build unix

package tinkseal

import (
	"os"
	"syscall"
	"testing"
)

func TestChangeKeepsOwner(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skip(t, "only root can change the owner of a file")
	}
	file := newFile(t)
	created(t, file)
	const uid, gid = 12345, 23456
	if err := os.Chown(file.Path, uid, gid); err != nil {
		skip(t, err)
	}
	if _, err := file.Change(t.Context(), (*Keyset).AddKey); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); stat.Uid != uid || stat.Gid != gid {
		t.Errorf("the owner is %d:%d, want %d:%d", stat.Uid, stat.Gid, uid, gid)
	}
}

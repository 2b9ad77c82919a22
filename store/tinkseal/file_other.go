//go:build !unix

// Where files have no mode and no owner of the Unix kind, and folders cannot be synced.

package tinkseal

import (
	"io/fs"
	"os"
)

func othersMayRead(fs.FileInfo) bool { return false }

func keepOwner(*os.File, fs.FileInfo) error { return nil }

func syncDir(string) error { return nil }

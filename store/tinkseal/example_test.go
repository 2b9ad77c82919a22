package tinkseal_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/warehousekit/warehousekit/store/tinkseal"
)

// Once, by hand or in a set-up command: make the keyset. Then, in each process: read it.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := tinkseal.File{Path: filepath.Join(dir, "keyset.json")}

	if _, err := file.Create(ctx); err != nil {
		fmt.Println(err)
		return
	}
	_, err = file.Create(ctx)
	fmt.Println("twice:", errors.Is(err, fs.ErrExist))

	keys, err := file.Read(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	sealer, err := tinkseal.New(keys) // for warehouse.NewService
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed, err := sealer.Seal(ctx, []byte("secret"), []byte("row"))
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := sealer.Open(ctx, sealed, []byte("row"))
	fmt.Printf("%s, %v\n", opened, err)
	// Output:
	// twice: true
	// secret, <nil>
}

// Each step is one change of the file. Between two of them, every replica is restarted, so that none
// seals under a key that another does not know.
func ExampleFile_Change() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := tinkseal.File{Path: filepath.Join(dir, "keyset.json")}
	keys, err := file.Create(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	old, err := tinkseal.New(keys)
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed, err := old.Seal(ctx, []byte("secret"), []byte("row"))
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, step := range []struct {
		name string
		do   func(*tinkseal.Keyset) (*tinkseal.Keyset, error)
	}{
		{"a key is added", (*tinkseal.Keyset).AddKey},
		{"it seals from now on", (*tinkseal.Keyset).Promote},
		// Here, Service.Reseal of package warehouse seals the rows of the old key again. This one was left out.
		{"the old key is disabled", (*tinkseal.Keyset).DisableOld},
		{"the old key is gone", (*tinkseal.Keyset).DeleteDisabled},
	} {
		keys, err := file.Change(ctx, step.do)
		if err != nil {
			fmt.Println(err)
			return
		}
		sealer, err := tinkseal.New(keys)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, err = sealer.Open(ctx, sealed, []byte("row"))
		fmt.Printf("%s: what the old key sealed opens: %t\n", step.name, err == nil)
	}
	// Output:
	// a key is added: what the old key sealed opens: true
	// it seals from now on: what the old key sealed opens: true
	// the old key is disabled: what the old key sealed opens: false
	// the old key is gone: what the old key sealed opens: false
}

// localKMS stands in for a key management service: a client has these two methods, or is given to
// WithContext. Tink has clients for AWS, Google Cloud and HashiCorp Vault, each in a module of its own.
type localKMS struct{ key tink.AEAD }

func (k localKMS) EncryptWithContext(_ context.Context, plaintext, associatedData []byte) ([]byte, error) {
	return k.key.Encrypt(plaintext, associatedData)
}

func (k localKMS) DecryptWithContext(_ context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	return k.key.Decrypt(ciphertext, associatedData)
}

// The wrapped keyset can be kept anywhere: only the KMS opens it. Here it is bytes; in a file, it is
// File{Path: path, KMS: kms}.
func ExampleUnwrapKeyset() {
	ctx := context.Background()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := aead.New(handle)
	if err != nil {
		fmt.Println(err)
		return
	}
	kms := localKMS{key}

	keys, err := tinkseal.NewKeyset()
	if err != nil {
		fmt.Println(err)
		return
	}
	wrapped, err := keys.Wrap(ctx, kms)
	if err != nil {
		fmt.Println(err)
		return
	}

	unwrapped, err := tinkseal.UnwrapKeyset(ctx, wrapped, kms)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(unwrapped.String() == keys.String())
	// Output: true
}

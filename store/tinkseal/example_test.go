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

// Create the keyset once, for example in a setup command. Each process then reads it.
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
	fmt.Println("second Create rejected:", errors.Is(err, fs.ErrExist))

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
	// second Create rejected: true
	// secret, <nil>
}

// Each step is one change of the file. Restart every replica between two steps, because no replica may
// seal with a key that another one has not loaded.
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
		{"AddKey", (*tinkseal.Keyset).AddKey},
		{"Promote", (*tinkseal.Keyset).Promote},
		// Here, Service.Reseal of package warehouse reseals all rows. This example skips it.
		{"DisableOld", (*tinkseal.Keyset).DisableOld},
		{"DeleteDisabled", (*tinkseal.Keyset).DeleteDisabled},
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
		fmt.Printf("%s: the old key opens: %t\n", step.name, err == nil)
	}
	// Output:
	// AddKey: the old key opens: true
	// Promote: the old key opens: true
	// DisableOld: the old key opens: false
	// DeleteDisabled: the old key opens: false
}

// localKMS stands for a KMS client, which has these two methods or is passed to KMSFromAEAD. Tink has
// clients for AWS, Google Cloud and HashiCorp Vault, each in its own module.
type localKMS struct{ key tink.AEAD }

func (k localKMS) EncryptWithContext(_ context.Context, plaintext, associatedData []byte) ([]byte, error) {
	return k.key.Encrypt(plaintext, associatedData)
}

func (k localKMS) DecryptWithContext(_ context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	return k.key.Decrypt(ciphertext, associatedData)
}

// A wrapped keyset may be stored anywhere, because only the KMS opens it. For a file, use
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

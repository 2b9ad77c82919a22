package warehouse_test

import (
	"context"
	"fmt"
	"log"

	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// After a new key was added and promoted, Reseal seals every row under it, and the old key can go.
func ExampleService_Reseal() {
	ctx := context.Background()
	rows := warehousetest.NewStore()
	keys, err := tinkseal.NewKeyset()
	if err != nil {
		log.Fatal(err)
	}
	for i := range 3 {
		if _, err := over(rows, keys).Create(ctx, warehouse.Caller{Organisation: fmt.Sprint(i)},
			warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`)}); err != nil {
			log.Fatal(err)
		}
	}

	// With a keyset in a file, tinkseal's File.Change does each of these steps; between them, every
	// replica is started with what came of the one before.
	for _, step := range []func(*tinkseal.Keyset) (*tinkseal.Keyset, error){
		(*tinkseal.Keyset).AddKey, (*tinkseal.Keyset).Promote,
	} {
		if keys, err = step(keys); err != nil {
			log.Fatal(err)
		}
	}
	err = over(rows, keys).Reseal(ctx, "", func(done warehouse.ResealProgress) {
		fmt.Println("resealed:", done.Resealed)
	})
	if err != nil {
		log.Fatal(err)
	}
	if keys, err = keys.DisableOld(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("without the old key:", over(rows, keys).Verify(ctx, 0))
	// Output:
	// resealed: 3
	// without the old key: <nil>
}

// over returns a service with a keyset, as each start of a host makes one.
func over(rows warehouse.Store, keys *tinkseal.Keyset) *warehouse.Service {
	sealer, err := tinkseal.New(keys)
	if err != nil {
		log.Fatal(err)
	}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{}})
	if err != nil {
		log.Fatal(err)
	}
	service, err := warehouse.NewService(rows, sealer, connectors, nil)
	if err != nil {
		log.Fatal(err)
	}
	return service
}

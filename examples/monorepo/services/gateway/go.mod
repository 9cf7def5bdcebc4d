module hinoki.example/gateway

go 1.23

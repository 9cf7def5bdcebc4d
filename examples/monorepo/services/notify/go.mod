module hinoki.example/notify

go 1.23

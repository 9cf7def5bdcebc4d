module hinoki.example/media

go 1.23

module hinoki.example/redirect

go 1.23

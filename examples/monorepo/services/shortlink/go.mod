module hinoki.example/shortlink

go 1.23

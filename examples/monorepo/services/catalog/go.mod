module hinoki.example/catalog

go 1.23

require hinoki.example/money v0.0.0

replace hinoki.example/money => ./money

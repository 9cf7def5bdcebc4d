module hinoki.example/money

go 1.23

variable "TAG" {
  default = "dev"
}

group "default" {
  targets = ["gateway", "catalog", "pricing"]
}

target "gateway" {
  context = "services/gateway"
  tags    = ["registry.hinoki.example/gateway:${TAG}"]
}

target "catalog" {
  context    = "services/catalog"
  dockerfile = "Dockerfile"
  tags       = ["registry.hinoki.example/catalog:${TAG}"]
}

target "pricing" {
  context = "services/pricing"
  target  = "runtime"
  tags    = ["registry.hinoki.example/pricing:${TAG}"]
}

# docker/: the images. `make image` builds moult:alpine and moult:scratch.
#
#   IMAGE=name    another name than moult              BASE=image    another base than alpine:3.20, with a shell
#   DEBIAN=image  the image that the programs are built in
IMAGE ?= moult
given = $(foreach name,$(1),$(if $($(name)),--build-arg $(name)=$($(name))))
IMAGE_ARGS = --build-arg MOULT_VERSION=$(VERSION) $(call given,DEBIAN http_proxy https_proxy no_proxy) $(IMAGE_FLAGS)

image:
	docker build $(IMAGE_ARGS) $(call given,BASE) -f docker/Dockerfile -t $(IMAGE):alpine .
	docker build $(IMAGE_ARGS) -f docker/Dockerfile.scratch -t $(IMAGE):scratch .

.PHONY: image

# The grader for instructors on macOS and Windows: Linux, root, and what submissions must not see in a closed folder.
#
#   docker build --tag critic .
#   docker run --rm --volume "$PWD:/course" critic grade vae submissions --out out
#
# The steps are those of the setup.sh that `critic build` puts into a zip; docker/install runs it.
FROM debian:bookworm-slim
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY . /critic/build
RUN bash /critic/build/docker/install && rm -rf /critic/build
WORKDIR /course
ENTRYPOINT ["/critic/critic"]

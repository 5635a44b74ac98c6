# The Debian packages faasta-server and faasta. `./dev package` makes them (packaging/package); it first writes the files
# that programs generate (manual pages, completions, changelogs) to build/PRESET/packaging.
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(generated_files ${CMAKE_BINARY_DIR}/packaging)

# package_docs(<component> <package>): what each package of Debian has.
function(package_docs component package)
  install(FILES ${generated_files}/copyright DESTINATION usr/share/doc/${package} COMPONENT ${component})
  install(FILES ${generated_files}/changelog.gz DESTINATION usr/share/doc/${package} COMPONENT ${component})
  install(FILES ${generated_files}/${package}.cdx.json DESTINATION usr/share/doc/${package} RENAME sbom.cdx.json COMPONENT ${component})
endfunction()

install(TARGETS faastad faasta-supervisor RUNTIME DESTINATION usr/bin COMPONENT server)
install(FILES ${packaging}/server/faastad.toml DESTINATION etc/faasta COMPONENT server)
install(FILES ${packaging}/server/faastad.service DESTINATION lib/systemd/system COMPONENT server)
install(FILES ${packaging}/server/faasta-server.sysusers DESTINATION usr/lib/sysusers.d RENAME faasta-server.conf COMPONENT server)
install(FILES ${packaging}/server/faasta-server.tmpfiles DESTINATION usr/lib/tmpfiles.d RENAME faasta-server.conf COMPONENT server)
install(FILES ${generated_files}/faastad.8.gz ${generated_files}/faasta-supervisor.8.gz DESTINATION usr/share/man/man8 COMPONENT server)
foreach(page attack behind-a-proxy certificates dashboard dependencies domains errors limits login operate policy public-instance releasing
        security tls upgrading)
  install(FILES docs/${page}.md DESTINATION usr/share/doc/faasta-server COMPONENT server)
endforeach()
install(FILES ${generated_files}/attack.wasm DESTINATION usr/share/faasta COMPONENT server)
install(DIRECTORY ${packaging}/watching DESTINATION usr/share/doc/faasta-server COMPONENT server)
package_docs(server faasta-server)
# The root of the service: places for what faastad.service mounts there.
foreach(place bin dev etc lib lib64 proc run sbin sys tmp usr var/lib/faasta var/tmp)
  install(DIRECTORY DESTINATION usr/lib/faasta-server/root/${place} COMPONENT server)
endforeach()

install(TARGETS faasta RUNTIME DESTINATION usr/bin COMPONENT cli)
install(FILES ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/cargo-faasta DESTINATION usr/bin COMPONENT cli)
install(PROGRAMS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/faasta-componentize DESTINATION usr/bin COMPONENT cli)
install(FILES ${generated_files}/bash DESTINATION usr/share/bash-completion/completions RENAME faasta COMPONENT cli)
install(FILES ${generated_files}/bash DESTINATION usr/share/bash-completion/completions RENAME cargo-faasta COMPONENT cli)
install(FILES ${generated_files}/zsh DESTINATION usr/share/zsh/vendor-completions RENAME _faasta COMPONENT cli)
install(FILES ${generated_files}/fish DESTINATION usr/share/fish/vendor_completions.d RENAME faasta.fish COMPONENT cli)
install(FILES ${generated_files}/faasta.1.gz ${generated_files}/cargo-faasta.1.gz ${generated_files}/faasta-componentize.1.gz
        DESTINATION usr/share/man/man1 COMPONENT cli)
install(FILES docs/cli.md docs/cli-json.json docs/domains.md docs/errors.md docs/login.md docs/policy.md DESTINATION usr/share/doc/faasta COMPONENT cli)
install(DIRECTORY docs/guide DESTINATION usr/share/doc/faasta COMPONENT cli)
package_docs(cli faasta)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Faasta authors <faasta@users.noreply.github.com>")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL server cli)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME faasta-server)
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION httpd)
set(CPACK_COMPONENT_SERVER_DESCRIPTION "functions on your own machine: the server
A function is a WebAssembly component that speaks wasi:http. The server
compiles it when it is deployed, and runs it in a fresh sandbox for each
request.")
# systemd or its parts make the user and the folders of sysusers.d and tmpfiles.d.
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, ca-certificates")
set(CPACK_DEBIAN_SERVER_PACKAGE_SUGGESTS faasta)
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA ${packaging}/server/conffiles ${packaging}/server/postinst ${packaging}/server/prerm ${packaging}/server/postrm)

set(CPACK_DEBIAN_CLI_PACKAGE_NAME faasta)
set(CPACK_DEBIAN_CLI_PACKAGE_SECTION devel)
set(CPACK_COMPONENT_CLI_DESCRIPTION "functions on your own machine: the command line
Makes, builds and deploys functions: WebAssembly components that speak
wasi:http. The package faasta-server has the server, which `faasta run` and
`faasta dev` also need.")
set(CPACK_DEBIAN_CLI_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_CLI_PACKAGE_RECOMMENDS faasta-server)
include(CPack)

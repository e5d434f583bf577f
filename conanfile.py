from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy

required_conan_version = ">=2.0"


class GaplessConan(ConanFile):
    name = "gapless"
    version = "0.1.0"
    license = "MIT"
    description = "Ordered, durable realtime messaging for C++"
    topics = ("messaging", "realtime", "websocket", "centrifuge")
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True, "cpprestsdk/*:with_websockets": True}
    implements = ["auto_shared_fpic"]
    exports_sources = (
        "CMakeLists.txt",
        "LICENSE",
        "client/*",
        "cmake/*",
        "envelope/*",
        "hub/*",
        "include/*",
        "schema/*",
        "snapshot/*",
        "transport/*",
    )

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        # The ranges admit both what Debian 12 has and what the recipe index has. cpprestsdk decides on Boost's version.
        self.requires("cpprestsdk/[>=2.10.18 <3]")
        self.requires("openssl/[>=1.1 <4]")
        self.requires("sqlitecpp/[>=3.2 <4]")
        self.requires("sqlite3/[>=3.40 <4]")
        self.requires("nlohmann_json/[>=3.11 <4]", transitive_headers=True)
        self.requires("valijson/[>=1.0 <2]")
        self.requires("simdjson/[>=3.0 <5]")
        self.requires("re2/[>=20220601]")
        self.requires("boost/[>=1.74 <1.87]")

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25 <5]")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.user_presets_path = False
        for part in ("TESTS", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"GAPLESS_BUILD_{part}"] = False
        toolchain.cache_variables["GAPLESS_PRECOMPILE"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, f"{self.package_folder}/licenses")

    def package_info(self):
        # Our own installed config file knows the targets and finds their dependencies, also where the platform provides
        # these and Conan generates nothing for them.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["lib/cmake/gapless"]
        self.cpp_info.libs = ["gapless_hub", "gapless"]

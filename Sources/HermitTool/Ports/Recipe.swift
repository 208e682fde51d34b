/// How a program of others is fetched, built and booted, as a port's
/// `Portfile` says it; ports/README.md tells what each field means.
public struct Recipe: Equatable, Sendable {
    /// The Debian source package.
    public var source = ""
    /// Other ports, folders beside this one, whose libraries the build uses.
    public var depends: [String] = []
    /// Programs of the host's that the build calls.
    public var needs: [HostProgram] = []
    /// Files beside the recipe, in the order in which they are applied.
    public var patches: [String] = []
    /// The lines of a script for `sh`, which runs in the source's folder.
    public var build = ""
    /// Images that the build makes, by their paths in the source's folder. The
    /// first is booted where none is asked for; a library has none.
    public var programs: [String] = []
    /// Folders whose files are the guest's, beside those of the port's own folder `files`.
    public var files: [FolderCopy] = []
    /// What the first program's arguments always begin with.
    public var arguments: [String] = []
    /// What its arguments go on with where the command line has none.
    public var defaultArguments: [String] = []
    /// Defaults of `hermit run`'s options of the same names.
    public var memory: String?
    public var cpus: Int?
    public var net: String?
    public var forward: [String] = []
    public var env: [String] = []
    public var mount: [String] = []
    public var kernelWords: [String] = []

    public init() {}

    /// A folder of the host's, from the port's own on, and its path in the guest.
    public struct FolderCopy: Equatable, Sendable {
        public var folder: String
        public var path: String

        public init(folder: String, path: String) {
            self.folder = folder
            self.path = path
        }
    }

    /// A program of the host's, and the Debian package that has it.
    public struct HostProgram: Equatable, Sendable {
        public var name: String
        public var package: String

        public init(name: String, package: String) {
            self.name = name
            self.package = package
        }
    }
}

/// What a port's recipe says of its boot, where the command line says nothing.
struct PortDefaults {
    private let recipe: Recipe
    private let folder: String
    private let initrd: String?
    /// The recipe's arguments are the first program's.
    private let isFirst: Bool

    init(of port: Port, product: String?) throws {
        recipe = port.recipe
        folder = port.folder
        initrd = port.initrd
        isFirst = try Port.program(product, of: recipe, port.name) == recipe.programs.first
    }

    /// The same before any build, for tests.
    init(_ recipe: Recipe, folder: String, initrd: String?, isFirst: Bool) {
        self.recipe = recipe
        self.folder = folder
        self.initrd = initrd
        self.isFirst = isFirst
    }

    /// A port of the host's leads to the guest only through the emulator's own network.
    func complete(_ run: inout Run) {
        run.memory = run.memory ?? recipe.memory
        run.cpus = run.cpus ?? recipe.cpus
        if run.forward.isEmpty, run.net == nil || run.net == "user" { run.forward = recipe.forward }
        run.net = run.net ?? recipe.net
        run.env = environment(run.env)
        if run.mount.isEmpty { run.mount = mounts }
        run.initrd = run.initrd ?? initrd
        run.kernelArgs = kernelWords(run.kernelArgs)
        run.arguments = arguments(run.arguments)
    }

    func complete(_ pack: inout Pack) {
        pack.memory = pack.memory ?? recipe.memory
        pack.cpus = pack.cpus ?? recipe.cpus
        pack.env = environment(pack.env)
        pack.initrd = pack.initrd ?? initrd
        pack.kernelArgs = kernelWords(pack.kernelArgs)
        pack.arguments = arguments(pack.arguments)
    }

    /// The recipe's variables but those that are given others.
    private func environment(_ given: [String]) -> [String] {
        let name = { (variable: String) in variable.prefix { $0 != "=" } }
        return recipe.env.filter { own in !given.contains { name($0) == name(own) } } + given
    }

    /// A recipe's folders are beside it.
    private var mounts: [String] {
        recipe.mount.map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }
    }

    private func kernelWords(_ given: String?) -> String? {
        let words = recipe.kernelWords + (given.map { [$0] } ?? [])
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    private func arguments(_ given: [String]) -> [String] {
        guard isFirst else { return given }
        return recipe.arguments + (given.isEmpty ? recipe.defaultArguments : given)
    }
}

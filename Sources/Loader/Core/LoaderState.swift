/// What the loader knows of the machine and of the image.
public struct LoaderState: Sendable {
    public var information = BootInformation()
    public var processors = ProcessorTables()
    public var image = ImageLayout()

    /// What is known before anything is: a constant of the loader's own image, which it
    /// fills in where it lies. Nothing else in this module refers to it.
    ///
    /// It is here and not with the loader because only here the compiler makes it a
    /// constant; there it would be made by code.
    nonisolated(unsafe) public static var beginning = LoaderState()
}

using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Curlew.PublicApi.Tests;

/// <summary>Declarations in the manner of C#, with the full names of types.</summary>
internal static class Signature
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
    };

    // The attributes by which a user is warned or bound.
    private static readonly string[] TellingAttributes =
    [
        "FlagsAttribute", "ObsoleteAttribute", "ExperimentalAttribute", "RequiresUnreferencedCodeAttribute",
        "RequiresDynamicCodeAttribute", "UnsupportedOSPlatformAttribute", "SupportedOSPlatformAttribute",
    ];

    public static string Of(Type type)
    {
        var attributes = AttributesOf(type);
        var access = type.IsPublic || type.IsNestedPublic ? "public" : "protected";
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"{attributes}{access} delegate {ReturnOf(invoke)} {NameOf(type)}({ParametersOf(invoke)}){ConstraintsOf(type.GetGenericArguments())}";
        }

        if (type.IsEnum)
            return $"{attributes}{access} enum {NameOf(type)} : {NameOf(Enum.GetUnderlyingType(type))}";

        var isRecord = type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Any(static method => method.Name == "PrintMembers" && method.IsDefined(typeof(CompilerGeneratedAttribute)));
        string[] words =
        [
            access,
            type switch
            {
                { IsInterface: true } => "",
                { IsAbstract: true, IsSealed: true } => "static",
                { IsAbstract: true } => "abstract",
                { IsSealed: true, IsValueType: false } => "sealed",
                _ => "",
            },
            type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly" : "",
            type.IsByRefLike ? "ref" : "",
            isRecord ? "record" : "",
            type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class",
            NameOf(type),
        ];
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        IEnumerable<string> bases =
            type.GetInterfaces().Except(inherited).Where(static type => type.IsVisible).Select(NameOf).Order(StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            bases = bases.Prepend(NameOf(parent));
        var list = string.Join(", ", bases);
        return attributes + Join(words) + (list.Length > 0 ? $" : {list}" : "") + ConstraintsOf(type.GetGenericArguments());
    }

    public static string Of(FieldInfo field)
    {
        if (field.DeclaringType!.IsEnum)
            return $"{AttributesOf(field)}{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}";
        var kind = field.IsLiteral ? "const" : Join(field.IsStatic ? "static" : "", field.IsInitOnly ? "readonly" : "");
        var value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue(), field.FieldType)}" : "";
        return AttributesOf(field)
            + Join(AccessOf(field.IsPublic), RequiredOf(field), kind, NameOf(field.FieldType, Nullability.Create(field)), field.Name) + value;
    }

    public static string Of(ConstructorInfo constructor) =>
        AttributesOf(constructor) + Join(AccessOf(constructor.IsPublic), SimpleNameOf(constructor.DeclaringType!)) + $"({ParametersOf(constructor)})";

    public static string Of(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(PublicApi.IsVisible).ToArray();
        var widest = accessors.FirstOrDefault(static accessor => accessor.IsPublic) ?? accessors[0];
        var index = property.GetIndexParameters();
        var name = index.Length > 0 ? $"this[{string.Join(", ", index.Select(ParameterOf))}]" : property.Name;
        var body = string.Join(' ', accessors
            .OrderBy(static accessor => accessor.Name, StringComparer.Ordinal)
            .Select(accessor => Join(
                accessor.IsPublic == widest.IsPublic ? "" : AccessOf(accessor.IsPublic),
                accessor == property.GetMethod ? "get;" : IsInit(accessor) ? "init;" : "set;")));
        return AttributesOf(property)
            + Join(AccessOf(widest.IsPublic), RequiredOf(property), ModifiersOf(widest), PropertyTypeOf(property), name) + $" {{ {body} }}";
    }

    public static string Of(EventInfo @event) =>
        AttributesOf(@event)
        + Join(
            AccessOf(@event.AddMethod!.IsPublic),
            ModifiersOf(@event.AddMethod),
            "event",
            NameOf(@event.EventHandlerType!, Nullability.Create(@event)),
            @event.Name);

    public static string Of(MethodInfo method) =>
        AttributesOf(method)
        + Join(AccessOf(method.IsPublic), ModifiersOf(method), ReturnOf(method), method.Name) + GenericsOf(method.GetGenericArguments())
        + $"({(method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")}{ParametersOf(method)})" + ConstraintsOf(method.GetGenericArguments());

    public static string NameOf(Type type) => NameOf(type, null);

    private static string NameOf(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef)
            return NameOf(type.GetElementType()!, nullability);
        if (Nullable.GetUnderlyingType(type) is { } value)
            return NameOf(value, nullability is { GenericTypeArguments: [var inner] } ? inner : null) + "?";
        var mark = nullability is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (type.IsArray)
            return $"{NameOf(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        if (type.IsPointer)
            return NameOf(type.GetElementType()!) + "*";
        if (type.IsGenericParameter)
            return type.Name + (IsNullabilityOpen(type) ? "" : mark);
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword + mark;

        // A nested type repeats the arguments of the types around it; each name takes those that are its own.
        var arguments = type.GetGenericArguments();
        var outer = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        var own = arguments
            .Select((argument, i) => NameOf(argument, nullability?.GenericTypeArguments.ElementAtOrDefault(i)))
            .Skip(outer)
            .ToArray();
        var around = type.DeclaringType is { } declaring
            ? NameOf(outer > 0 && !declaring.IsConstructedGenericType ? declaring.MakeGenericType(arguments[..outer]) : declaring) + "."
            : type.Namespace is { } space ? space + "." : "";
        return around + SimpleNameOf(type) + (own.Length > 0 ? $"<{string.Join(", ", own)}>" : "") + mark;
    }

    private static string SimpleNameOf(Type type) => type.Name.Split('`')[0];

    private static string ParametersOf(MethodBase method) => string.Join(", ", method.GetParameters().Select(ParameterOf));

    private static string ParameterOf(ParameterInfo parameter)
    {
        var passing = parameter switch
        {
            { ParameterType.IsByRef: true, IsOut: true } => "out",
            { ParameterType.IsByRef: true } when parameter.IsDefined(typeof(RequiresLocationAttribute)) => "ref readonly",
            { ParameterType.IsByRef: true, IsIn: true } => "in",
            { ParameterType.IsByRef: true } => "ref",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) => "params",
            _ => "",
        };
        var value = parameter.HasDefaultValue ? $" = {Literal(parameter.RawDefaultValue, parameter.ParameterType)}" : "";
        return Join(passing, NameOf(parameter.ParameterType, Nullability.Create(parameter)), parameter.Name!) + value;
    }

    private static string ReturnOf(MethodInfo method) =>
        Join(RefOf(method.ReturnParameter), NameOf(method.ReturnType, Nullability.Create(method.ReturnParameter)));

    private static string PropertyTypeOf(PropertyInfo property) =>
        Join(
            property.GetMethod is { } get ? RefOf(get.ReturnParameter) : "",
            NameOf(property.PropertyType, property.PropertyType.IsByRef ? null : Nullability.Create(property)));

    private static string RefOf(ParameterInfo result) =>
        !result.ParameterType.IsByRef ? "" : result.IsDefined(typeof(IsReadOnlyAttribute)) ? "ref readonly" : "ref";

    private static string ModifiersOf(MethodInfo method)
    {
        var isReadOnly = method.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly" : "";
        if (method.DeclaringType!.IsInterface)
            return Join(method.IsStatic ? "static" : "", method.IsAbstract ? "abstract" : method.IsVirtual ? "virtual" : "");
        var isOverride = method.IsVirtual && method.GetBaseDefinition() != method;
        return Join(
            method.IsStatic ? "static" : "",
            method.IsAbstract ? "abstract" : "",
            isReadOnly,
            isOverride && method.IsFinal ? "sealed" : "",
            isOverride ? "override" : method is { IsVirtual: true, IsFinal: false, IsAbstract: false } ? "virtual" : "");
    }

    private static string AccessOf(bool isPublic) => isPublic ? "public" : "protected";

    private static string RequiredOf(MemberInfo member) => member.IsDefined(typeof(RequiredMemberAttribute)) ? "required" : "";

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string AttributesOf(MemberInfo member) =>
        string.Concat(member.CustomAttributes
            .Select(static attribute => attribute.AttributeType.Name)
            .Where(name => TellingAttributes.Contains(name, StringComparer.Ordinal) && !(name == "ObsoleteAttribute" && IsForOldCompilers(member)))
            .Order(StringComparer.Ordinal)
            .Select(static name => $"[{name[..^"Attribute".Length]}] "));

    // A constructor of a type with required members is marked obsolete for compilers that do not know of those.
    private static bool IsForOldCompilers(MemberInfo member) =>
        member is ConstructorInfo && member.IsDefined(typeof(CompilerFeatureRequiredAttribute));

    private static string GenericsOf(Type[] arguments) =>
        arguments.Length > 0 ? $"<{string.Join(", ", arguments.Select(static argument => argument.Name))}>" : "";

    private static string ConstraintsOf(Type[] arguments) => string.Concat(arguments.Where(static a => a.IsGenericParameter).Select(static argument =>
    {
        var flags = argument.GenericParameterAttributes;
        var isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var isUnmanaged = argument.CustomAttributes.Any(static attribute => attribute.AttributeType.Name == "IsUnmanagedAttribute");
        var nullable = NullableFlagOf(argument);
        string[] all =
        [
            isUnmanaged ? "unmanaged"
                : isStruct ? "struct"
                : flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? nullable == 2 ? "class?" : "class"
                : nullable == 1 && argument.GetGenericParameterConstraints().Length == 0 ? "notnull" : "",
            .. argument.GetGenericParameterConstraints().Where(static type => type != typeof(ValueType)).Select(NameOf).Order(StringComparer.Ordinal),
            flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct ? "new()" : "",
            flags.HasFlag(GenericParameterAttributes.AllowByRefLike) ? "allows ref struct" : "",
        ];
        var list = string.Join(", ", all.Where(static constraint => constraint.Length > 0));
        return list.Length > 0 ? $" where {argument.Name} : {list}" : "";
    }));

    // Whether a null may stand for T depends on the argument; then "T" and "T?" cannot be told from each other here.
    private static bool IsNullabilityOpen(Type parameter) =>
        NullableFlagOf(parameter) != 1 && (parameter.GenericParameterAttributes & GenericParameterAttributes.SpecialConstraintMask) == GenericParameterAttributes.None;

    // The compiler writes the flag to the parameter only where it differs from that of the declarations around it.
    private static byte NullableFlagOf(Type parameter)
    {
        var own = parameter.CustomAttributes.FirstOrDefault(static attribute => attribute.AttributeType.Name == "NullableAttribute");
        if (own?.ConstructorArguments[0].Value is byte flag)
            return flag;
        for (MemberInfo? around = parameter.DeclaringMethod ?? (MemberInfo?)parameter.DeclaringType; around is not null; around = around.DeclaringType)
        {
            if (around.CustomAttributes.FirstOrDefault(static attribute => attribute.AttributeType.Name == "NullableContextAttribute") is { } context)
                return (byte)context.ConstructorArguments[0].Value!;
        }

        return 0;
    }

    private static string Literal(object? value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
            string text => $"\"{text}\"",
            char letter => $"'{letter}'",
            bool isTrue => isTrue ? "true" : "false",
            _ when plain.IsEnum => $"{NameOf(plain)}.{Enum.ToObject(plain, value)}",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    private static string Join(params ReadOnlySpan<string> words)
    {
        var line = "";
        foreach (var word in words)
            line = line.Length == 0 || word.Length == 0 ? line + word : $"{line} {word}";
        return line;
    }
}

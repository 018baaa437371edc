# Recomputes the headline numbers of this report with metafor and clubSandwich, from the same file of
# effects, and prints ours, R's and the difference:
#
#   Rscript verify.R EFFECTS.csv
#
# Written by alliance 0.1.0 for these findings. Needs R with the packages metafor and clubSandwich
# (Debian: r-cran-metafor, r-cran-clubsandwich). R's searches are carried further than by default.

three_level <- TRUE
method      <- "REML"       # estimator of tau squared
test        <- "adhoc"         # of the two-level model
robust      <- "cr2"       # of studies with several effects
level       <- 0.95
moderators  <- c("relationship_rater")  # "factor(x)" is taken as categories
columns     <- c()     # ours = the file's, where they differ

suppressMessages({
  library(metafor)
  library(clubSandwich)
})
given <- commandArgs(trailingOnly = TRUE)
if (length(given) != 1) stop("usage: Rscript verify.R EFFECTS.csv")
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
ours <- read.csv(file.path(dirname(script), "estimates.csv"), colClasses = "character")

# ------------------------------------------------------------------------------------- effects
first <- readLines(given, n = 1, warn = FALSE)
count <- function(mark) lengths(regmatches(first, gregexpr(mark, first, fixed = TRUE)))
marks <- c(",", ";", "\t", "|")
d <- read.table(given, sep = marks[which.max(sapply(marks, count))], header = TRUE, quote = "\"",
                comment.char = "", colClasses = "character", check.names = FALSE,
                fileEncoding = "UTF-8-BOM", strip.white = TRUE,
                na.strings = c("", "NA", "N/A", "na", "n/a", ".", "NULL", "null"))
for (name in names(columns)) names(d)[names(d) == columns[[name]]] <- name
canonical <- gsub("[ -]", "_", tolower(trimws(names(d))))
known <- c("study", "effect", "n", "n1", "n2", "r", "fisher_z", "z", "variance", "std_error", "t", "z_statistic",
  "f", "chi_squared", "d", "g", "odds_ratio", "p", "sign")
ours_by_name <- canonical %in% known & !names(d) %in% columns
names(d)[ours_by_name] <- canonical[ours_by_name]
dash <- "^[\u2010-\u2015\u2212\ufe63\uff0d] *"   # minus as it is typeset
number <- function(x) suppressWarnings(as.numeric(gsub(",", ".", sub(dash, "-", x), fixed = TRUE)))
column <- function(name) if (name %in% names(d)) number(d[[name]]) else rep(NA_real_, nrow(d))
is_negative <- if ("sign" %in% names(d)) sub(dash, "-", tolower(d$sign)) %in% c("-", "-1", "negative", "minus") else
  rep(FALSE, nrow(d))
sign <- ifelse(is_negative, -1, 1)
directed <- function(x) ifelse(is_negative, -abs(x), x)   # beside a size, sign is its direction
n1 <- column("n1"); n2 <- column("n2")
n <- ifelse(is.na(column("n")), n1 + n2, column("n"))
n1 <- ifelse(is.na(n1), n / 2, n1); n2 <- ifelse(is.na(n2), n / 2, n2)
of_t <- function(t) t / sqrt(t^2 + n - 2)
of_d <- function(d, n1, n2) d / sqrt(d^2 + (n1 + n2)^2 / (n1 * n2))
m <- n1 + n2 - 2
j <- exp(lgamma(m / 2) - log(m / 2) / 2 - lgamma((m - 1) / 2))
candidates <- list(
  r = directed(column("r")), fisher_z = tanh(directed(column("fisher_z"))), z = tanh(directed(column("z"))),
  t = of_t(directed(column("t"))), z_statistic = tanh(directed(column("z_statistic")) / sqrt(n - 3)),
  f = sign * of_t(sqrt(column("f"))),
  chi_squared = sign * sqrt(column("chi_squared") / n), d = of_d(directed(column("d")), n1, n2),
  g = of_d(directed(column("g")) / j, n1, n2),
  odds_ratio = of_d(directed(log(column("odds_ratio"))) * sqrt(3) / pi, n / 2, n / 2),
  p = sign * of_t(qt(column("p") / 2, n - 2, lower.tail = FALSE)))
r <- Reduce(function(a, b) ifelse(is.na(a), b, a), candidates)
z <- ifelse(is.na(column("fisher_z")), column("z"), column("fisher_z"))
from_z <- is.na(column("r")) & !is.na(z)
own <- ifelse(is.na(column("variance")), column("std_error")^2, column("variance"))
# d or g without clients: its variance is carried over, V / (d^2 + 4)
difference <- directed(ifelse(is.na(column("d")), column("g"), column("d")))
carried <- is.na(n) & !from_z & !is.na(difference) & !is.na(own)
d$yi <- ifelse(carried, asinh(difference / 2), ifelse(from_z, directed(z), atanh(r)))
d$vi <- ifelse(carried, own / (difference^2 + 4), ifelse(from_z & !is.na(own), own, 1 / (n - 3)))
d <- d[!is.na(d$yi), ]
d$study <- factor(d$study, levels = unique(d$study))
d$row <- seq_len(nrow(d))

# -------------------------------------------------------------------------------------- compare
found <- list()
add <- function(id, field, theirs) {
  here <- ours[ours$id == id, field]
  mine <- suppressWarnings(as.numeric(here))
  if (length(mine) == 1 && !is.na(mine) && !is.na(theirs))
    found[[length(found) + 1]] <<- data.frame(id, field, ours = mine, R = theirs, difference = mine - theirs)
}
add_fit <- function(id, est, se, low, high, p) {
  add(id, "estimate", est); add(id, "std_error", se); add(id, "conf_low", low); add(id, "conf_high", high)
  add(id, "p_value", p)
}
tight <- list(threshold = 1e-12, maxiter = 10000)
fit_two <- function(mods = NULL, data = d, tau2 = NULL) {
  if (method %in% c("PM", "EB") && is.null(tau2)) {
    # Both solve the same equation; rma() solves it to four digits only.
    x <- cbind(rep(1, nrow(data)), mods)
    excess <- function(t) sum(lm.wfit(x, data$yi, w <- 1 / (data$vi + t))$residuals^2 * w) - (nrow(x) - ncol(x))
    tau2 <- if (excess(0) <= 0) 0 else uniroot(excess, c(0, 1e3), tol = 1e-15)$root
  }
  arguments <- list(yi = data$yi, vi = data$vi, method = method, test = test, level = 100 * level, control = tight)
  if (!is.null(mods)) arguments$mods <- mods
  if (!is.null(tau2)) arguments$tau2 <- tau2
  do.call(rma, arguments)
}
fit_three <- function(mods = NULL, data = d) {
  arguments <- list(yi = data$yi, V = data$vi, random = ~ 1 | study/row, data = data, method = method,
                    level = 100 * level, sparse = nrow(data) > 500,
                    control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 10000))
  if (!is.null(mods)) arguments$mods <- mods
  do.call(rma.mv, arguments)
}
fit <- function(mods = NULL, data = d)
  if (three_level && anyDuplicated(data$study)) fit_three(mods, data) else fit_two(mods, data)
is_robust <- function(data = d) robust != "none" && anyDuplicated(data$study) > 0
robustly <- function(m, data = d) {
  test <- coef_test(m, vcov = toupper(robust), cluster = data$study, test = "Satterthwaite")
  limits <- conf_int(m, vcov = toupper(robust), cluster = data$study, level = level, test = "Satterthwaite")
  list(se = test$SE, p = test$p_Satt, df = test$df_Satt, low = limits$CI_L, high = limits$CI_U)
}

m <- fit()
add_fit("pooled.z", m$beta[1], m$se, m$ci.lb, m$ci.ub, m$pval)
add("pooled.r", "estimate", tanh(m$beta[1]))
add("pooled.r", "conf_low", tanh(m$ci.lb)); add("pooled.r", "conf_high", tanh(m$ci.ub))
expected <- predict(m)
add("prediction.r", "conf_low", tanh(expected$pi.lb)); add("prediction.r", "conf_high", tanh(expected$pi.ub))
add("q", "statistic", m$QE); add("q", "p_value", m$QEp)
if (three_level && anyDuplicated(d$study)) {
  add("sigma2.study", "estimate", m$sigma2[1]); add("sigma2.effect", "estimate", m$sigma2[2])
  w <- diag(1 / d$vi); x <- model.matrix(m)
  typical <- (nrow(d) - 1) / sum(diag(w - w %*% x %*% solve(t(x) %*% w %*% x) %*% t(x) %*% w))
  add("i2.study", "estimate", 100 * m$sigma2[1] / (sum(m$sigma2) + typical))
  add("i2.effect", "estimate", 100 * m$sigma2[2] / (sum(m$sigma2) + typical))
} else {
  add("tau2", "estimate", m$tau2); add("i2", "estimate", m$I2); add("h2", "estimate", m$H2)
  if (method != "FE") {
    # The Q-profile interval does not depend on the estimator.
    profile <- confint(rma(d$yi, d$vi, level = 100 * level, control = tight), control = list(tol = 1e-14, maxiter = 10000))$random
    add("tau2", "conf_low", profile[1, 2]); add("tau2", "conf_high", profile[1, 3])
  }
}
if (method %in% c("REML", "ML")) add("loglik", "estimate", as.numeric(logLik(m)))
if (is_robust()) {
  s <- robustly(m)
  add_fit("robust.z", m$beta[1], s$se[1], s$low[1], s$high[1], s$p[1]); add("robust.z", "df", s$df[1])
}

for (named in moderators) {
  name <- sub("^factor\\((.*)\\)$", "\\1", named)
  x <- d[[name]]
  keep <- !is.na(x)
  data <- d[keep, ]; data$study <- droplevels(data$study)
  values <- x[keep]
  is_number <- named == name && !anyNA(number(values))
  data$x <- if (is_number) number(values) else factor(values, levels = sort(unique(values), method = "radix"))
  design <- model.matrix(~ x, data)[, -1, drop = FALSE]
  terms <- if (is_number) name else levels(data$x)[-1]
  m <- tryCatch(fit(mods = design, data = data), error = function(e) NULL)
  if (is.null(m)) next
  ids <- paste0("moderator.", name, ".", c("intercept", terms))
  if (is_robust(data)) {
    s <- robustly(m, data)
    for (i in seq_along(ids)) add_fit(ids[i], m$beta[i], s$se[i], s$low[i], s$high[i], s$p[i])
    # Fails where a level has too few studies to tell its spread.
    joint <- tryCatch(Wald_test(m, constraints = constrain_zero(2:length(ids)), vcov = toupper(robust),
                                cluster = data$study, test = "HTZ"), error = function(e) NULL)
    if (!is.null(joint)) {
      add(paste0("moderator.", name, ".qm"), "statistic", joint$Fstat)
      add(paste0("moderator.", name, ".qm"), "p_value", joint$p_val)
    }
  } else {
    for (i in seq_along(ids)) add_fit(ids[i], m$beta[i], m$se[i], m$ci.lb[i], m$ci.ub[i], m$pval[i])
    add(paste0("moderator.", name, ".qm"), "statistic", m$QM); add(paste0("moderator.", name, ".qm"), "p_value", m$QMp)
  }
}

if (nrow(d) >= 3) {
  plain <- rma(d$yi, d$vi, control = tight)
  mixed <- rma(d$yi, d$vi, mods = sqrt(d$vi), control = tight)
  add("egger.mixed", "statistic", mixed$zval[2]); add("egger.mixed", "p_value", mixed$pval[2])
  e <- regtest(plain, model = "lm")
  add("egger.lm", "statistic", e$zval); add("egger.lm", "p_value", e$pval)
  b <- suppressWarnings(ranktest(plain))
  add("begg", "estimate", b$tau); add("begg", "p_value", b$pval)
}

options(width = 200)
table <- do.call(rbind, found)
table$ours <- format(table$ours, digits = 10); table$R <- format(table$R, digits = 10)
# A variance of R's that ends a hair above 0 is the 0 it is beside.
beside_zero <- as.numeric(table$ours) == 0 & abs(as.numeric(table$R)) < 1e-6
relative <- ifelse(beside_zero, 0, abs(table$difference) / pmax(abs(as.numeric(table$R)), 1e-300))
table$difference <- format(table$difference, digits = 2)
print(table, row.names = FALSE, right = FALSE)
cat(sprintf("\n%d numbers compared; largest relative difference %.1e (%s, %s)\n", nrow(table), max(relative),
            table$id[which.max(relative)], table$field[which.max(relative)]))

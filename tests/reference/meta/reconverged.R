# Where metafor 3.8-1 stops its own search early, the same numbers with the search carried to its end.
# - Paule-Mandel: rma() solves for tau2 by uniroot() with its default tolerance (1e-4); here to 1e-15.
# - trim and fill: trimfill() refits with the default stop |change of tau2| < 1e-5 unless told otherwise; here every fit of it
#   has threshold 1e-12.
# Rscript reconverged.R, in this folder, writes reconverged.json.
suppressMessages(library(metafor))
digits <- function(x) ifelse(is.na(x), "null", formatC(x, digits = 17, format = "g"))
one <- function(m) {
  p <- tryCatch(predict(m), error = function(e) list(pi.lb = NA, pi.ub = NA))
  sprintf('{"z": %s, "se": %s, "statistic": %s, "p": %s, "ci": [%s, %s], "r_prediction": [%s, %s], "tau2": %s, "i2": %s, "h2": %s}',
    digits(m$beta[1]), digits(m$se[1]), digits(m$zval[1]), digits(m$pval[1]), digits(m$ci.lb[1]), digits(m$ci.ub[1]),
    digits(tanh(p$pi.lb)), digits(tanh(p$pi.ub)), digits(m$tau2), digits(m$I2), digits(m$H2))
}
names <- c("molloy2014", "cohen1981", "mcdaniel1994", "crede2010", "craft2003", "relationship_outcome", "relationship_studies")
parts <- sapply(names, function(name) {
  d <- read.csv(paste0(name, ".csv"))
  d <- escalc(measure = "ZCOR", ri = r, ni = n, data = d)
  k <- nrow(d)
  excess <- function(t) { w <- 1 / (d$vi + t); mu <- sum(w * d$yi) / sum(w); sum(w * (d$yi - mu)^2) - (k - 1) }
  tau2 <- if (excess(0) <= 0) 0 else uniroot(excess, c(0, 10), tol = 1e-15)$root
  pm <- sapply(c("z", "knha", "adhoc"), function(test)
    sprintf('"%s": %s', test, one(rma(yi, vi, data = d, tau2 = tau2, test = test))))
  tf <- sapply(c("L0", "R0"), function(estimator) {
    m <- rma(yi, vi, data = d, control = list(threshold = 1e-12, maxiter = 10000))
    f <- trimfill(m, estimator = estimator, control = list(threshold = 1e-12, maxiter = 10000))
    again <- rma(f$yi, f$vi, control = list(threshold = 1e-12, maxiter = 10000))
    sprintf('"%s": {"k0": %d, "z": %s, "se": %s, "ci": [%s, %s], "tau2": %s}', estimator, f$k0,
      digits(again$beta[1]), digits(again$se), digits(again$ci.lb), digits(again$ci.ub), digits(again$tau2))
  })
  sprintf('"%s": {"PM": {%s}, "trim_fill": {%s}}', name, paste(pm, collapse = ", "), paste(tf, collapse = ", "))
})
writeLines(paste0("{\n", paste(parts, collapse = ",\n"), "\n}"), "reconverged.json")
